// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_TCPREWRITER_HH
#define CLICK_TCPREWRITER_HH
#include "rewriterelement.hh"
#include "tcpflows.hh"

// =Element TCPRewriter(INPUTSPEC..., [KEYWORDS])
// =Summary network address and port translation for TCP, with sequence numbers when payload changes
// =Ports 1- / 1-, push; IP packets with their headers marked (CheckIPHeader)
//   As IPRewriter; other protocols than TCP are dropped, unless the INPUTSPEC is `pass`. Sequence, acknowledgement and
//   selective acknowledgement numbers follow what FTPPortMapper has inserted or removed.
// =Arguments
//   INPUTSPEC           see IPRewriter
//   TCP_TIMEOUT, TCP_NODATA_TIMEOUT, TCP_DONE_TIMEOUT, TCP_GUARANTEE, MAPPING_CAPACITY, REAP_INTERVAL, DST_ANNO, REPLY_ANNO
//                       see IPRewriter
// =Handlers
//   table     r   as IPRewriter's tcp_table, with ` seq DELTA` where numbers are shifted (mappings is the same)
//   lookup    r   as IPRewriter's
//   table_size, size, capacity, mapping_failures, patterns, patternN, clear, import, export, remove, stats   see IPRewriter
// =Source RFC 1624 checksums; RFC 2018
class TCPRewriter : public RewriterElement<TCPRewriter> {
  public:
    const char *class_name() const override { return "TCPRewriter"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;

  protected:
    std::vector<mimi::FlowLifetimes> lifetimes() const override { return {_tcp.lifetimes()}; }
    uint8_t lookup_protocol() const override { return IP_PROTO_TCP; }
    const Table *table_for(uint8_t proto) const override { return proto == IP_PROTO_TCP ? &_tables[0] : nullptr; }

  private:
    friend class RewriterElement<TCPRewriter>;
    TCPFlows _tcp;

    bool read_key(const Packet *p, Key &key) const
    {
        if (!mimi::read_tuple(p, key.tuple) || p->ip_header()->ip_p != IP_PROTO_TCP)
            return false;
        key.proto = IP_PROTO_TCP;
        key.table = &_tables[0];
        return true;
    }
    uint8_t rewrite(WritablePacket *p, const Key &key, uint32_t number, mimi::FlowRecord &r, bool reply, uint8_t marks)
    {
        const mimi::FlowTuple to = r.outgoing(reply);
        mimi::rewrite_tuple(p, key.tuple, to);
        annotate(p, r, reply, to.daddr);
        if (marks & mimi::FlowRecord::shifted)
            shift_numbers(p, number, reply);
        return TCPFlows::marks_after(p, marks, reply);
    }
};

#endif
