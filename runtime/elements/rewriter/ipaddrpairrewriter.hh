// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPADDRPAIRREWRITER_HH
#define CLICK_IPADDRPAIRREWRITER_HH
#include "rewriterelement.hh"

// =Element IPAddrPairRewriter(INPUTSPEC..., [KEYWORDS])
// =Summary network address translation by pairs of addresses, whatever the protocol
// =Ports 1- / 1-, push; IP packets with their headers marked (CheckIPHeader)
//   As IPRewriter, but a flow is all packets between two addresses, fragments too.
// =Arguments
//   INPUTSPEC  as IPRewriter's, but the pattern is `pattern SADDR DADDR FOUTPUT ROUTPUT`; SADDR may be a range, see
//              IPAddrRewriter
//   TIMEOUT    Seconds  idle lifetime; 7200
//   GUARANTEE, MAPPING_CAPACITY, REAP_INTERVAL, DST_ANNO, REPLY_ANNO   see IPRewriter
// =Handlers
//   table  r  `(SADDR, DADDR) => (SADDR, DADDR) [*FOUTPUT ROUTPUT] iINPUT expSECONDS` (mappings is the same)
//   lookup, table_size, size, capacity, mapping_failures, patterns, patternN, clear, import, export, remove, stats
//          see TCPRewriter and IPRewriter
// =Source RFC 2663; RFC 1624 checksums
class IPAddrPairRewriter : public RewriterElement<IPAddrPairRewriter> {
  public:
    const char *class_name() const override { return "IPAddrPairRewriter"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    mimi::FlowStore::Ref find_flow(uint8_t proto, const mimi::FlowTuple &key) const override;
    mimi::FlowTuple rewritten(mimi::FlowStore::Ref ref, const mimi::FlowTuple &key) const override;

  protected:
    const Table *table_for(uint8_t) const override { return &_tables[0]; }
    bool complete(const mimi::FlowTuple &from, mimi::FlowTuple &to) const override;
    bool tuples_from_text(mimi::RewriterLine &line) const override;
    bool imports(uint8_t proto) const override { return !proto; }
    void unparse_tuples(StringAccum &sa, const mimi::FlowTuple &from, const mimi::FlowTuple &to) const override;

  private:
    friend class RewriterElement<IPAddrPairRewriter>;

    bool read_key(const Packet *p, Key &key) const
    {
        if (!p->has_network_header())
            return false;
        const click_ip *ip = p->ip_header();
        key.proto = 0;
        key.table = &_tables[0];
        key.tuple = mimi::FlowTuple{ip->ip_src.s_addr, ip->ip_dst.s_addr, 0, 0};
        return true;
    }
    uint8_t rewrite(WritablePacket *p, const Key &key, uint32_t, mimi::FlowRecord &r, bool reply, uint8_t marks)
    {
        const mimi::FlowTuple to = r.outgoing(reply);
        mimi::rewrite_addresses_only(p, key.tuple, to);
        annotate(p, r, reply, to.daddr);
        return marks;
    }
};

#endif
