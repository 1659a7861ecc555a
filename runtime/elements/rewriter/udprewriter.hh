// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_UDPREWRITER_HH
#define CLICK_UDPREWRITER_HH
#include "rewriterelement.hh"
#include "tcpflows.hh"

// =Element UDPRewriter(INPUTSPEC..., [KEYWORDS])
// =Summary network address and port translation that does not look at TCP's state
// =Ports 1- / 1-, push; IP packets with their headers marked (CheckIPHeader)
//   As IPRewriter, but for UDP, TCP and DCCP alike, in one table: packets of different protocols with the same addresses
//   and ports belong to one flow.
// =Arguments
//   INPUTSPEC          see IPRewriter
//   TIMEOUT            Seconds  idle lifetime (UDP_TIMEOUT is the same); 300
//   STREAMING_TIMEOUT  Seconds  after three packets, one of them a reply (UDP_STREAMING_TIMEOUT is the same); TIMEOUT
//   GUARANTEE          Seconds  see IPRewriter (UDP_GUARANTEE is the same); 5
//   MAPPING_CAPACITY, REAP_INTERVAL, DST_ANNO, REPLY_ANNO   see IPRewriter
// =Handlers
//   table, lookup, table_size, size, capacity, mapping_failures, patterns, patternN, clear, import, export, remove, stats
//          see TCPRewriter and IPRewriter
// =Source RFC 1624 checksums; RFC 768; RFC 4340
class UDPRewriter : public RewriterElement<UDPRewriter> {
  public:
    const char *class_name() const override { return "UDPRewriter"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;

  protected:
    std::vector<mimi::FlowLifetimes> lifetimes() const override { return {_udp.lifetimes()}; }
    const Table *table_for(uint8_t proto) const override { return !proto || handles(proto) ? &_tables[0] : nullptr; }
    bool imports(uint8_t proto) const override { return handles(proto); }
    bool tracks_tcp() const override { return false; }

  private:
    friend class RewriterElement<UDPRewriter>;
    UDPFlows _udp;

    static bool handles(uint8_t proto)
    {
        return proto == IP_PROTO_UDP || proto == IP_PROTO_TCP || proto == IP_PROTO_DCCP;
    }
    bool read_key(const Packet *p, Key &key) const
    {
        if (!mimi::read_tuple(p, key.tuple) || !handles(p->ip_header()->ip_p))
            return false;
        key.proto = p->ip_header()->ip_p;
        key.table = &_tables[0];
        return true;
    }
    uint8_t rewrite(WritablePacket *p, const Key &key, uint32_t, mimi::FlowRecord &r, bool reply, uint8_t marks)
    {
        const mimi::FlowTuple to = r.outgoing(reply);
        mimi::rewrite_tuple(p, key.tuple, to);
        annotate(p, r, reply, to.daddr);
        return UDPFlows::marks_after(marks, reply);
    }
};

#endif
