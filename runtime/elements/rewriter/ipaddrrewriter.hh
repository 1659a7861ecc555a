// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPADDRREWRITER_HH
#define CLICK_IPADDRREWRITER_HH
#include "rewriterelement.hh"

// =Element IPAddrRewriter(INPUTSPEC..., [KEYWORDS])
// =Summary basic network address translation: one address for another, whatever the protocol
// =Ports 1- / 1-, push; IP packets with their headers marked (CheckIPHeader)
//   A packet from a known source address gets the new source and leaves by the flow's first output; a packet to a new address
//   gets the old one as destination and leaves by the second. Fragments too. Other packets: see INPUTSPEC.
// =Arguments
//   INPUTSPEC  as IPRewriter's, but the pattern is `pattern SADDR - FOUTPUT ROUTPUT`, where SADDR may be a range `A-B` or a
//              prefix `A/LENGTH` (whose own and broadcast addresses are left out): any free address; `A-B#`: the next one
//   TIMEOUT    Seconds  idle lifetime; 7200
//   GUARANTEE, MAPPING_CAPACITY, REAP_INTERVAL, DST_ANNO, REPLY_ANNO   see IPRewriter
// =Handlers
//   table  r  `ADDR => ADDR [*FOUTPUT ROUTPUT] iINPUT expSECONDS` (mappings is the same)
//   lookup, table_size, size, capacity, mapping_failures, patterns, patternN, clear, import, export, remove, stats
//          see TCPRewriter and IPRewriter
// =Source RFC 2663; RFC 1624 checksums
class IPAddrRewriter : public RewriterElement<IPAddrRewriter> {
  public:
    const char *class_name() const override { return "IPAddrRewriter"; }
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
    friend class RewriterElement<IPAddrRewriter>;

    // The keys of both directions: the source alone, and the destination alone.
    static mimi::FlowTuple forward_key(uint32_t saddr) { return mimi::FlowTuple{saddr, 0, 0, 0}; }
    static mimi::FlowTuple reply_key(uint32_t daddr) { return mimi::FlowTuple{0, daddr, 0, 0}; }

    bool read_key(const Packet *p, Key &key) const
    {
        if (!p->has_network_header())
            return false;
        key.proto = 0;
        key.table = &_tables[0];
        key.tuple = forward_key(p->ip_header()->ip_src.s_addr);
        key.daddr = p->ip_header()->ip_dst.s_addr;
        return true;
    }
    mimi::FlowStore::Ref find(const Key &key) const
    {
        const mimi::FlowStore::Ref ref = RewriterElement::find(key);
        return ref ? ref : _store->find(key.table->number, reply_key(key.daddr));
    }
    uint8_t rewrite(WritablePacket *p, const Key &, uint32_t, mimi::FlowRecord &r, bool reply, uint8_t marks);
};

#endif
