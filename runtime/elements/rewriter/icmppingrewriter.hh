// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ICMPPINGREWRITER_HH
#define CLICK_ICMPPINGREWRITER_HH
#include <clicknet/icmp.h>
#include "rewriterelement.hh"

// =Element ICMPPingRewriter(INPUTSPEC..., [KEYWORDS])
// =Summary network address translation for pings, by their identifiers
// =Ports 1- / 1-, push; IP packets with their headers marked (CheckIPHeader)
//   As IPRewriter, for ICMP echo requests and replies: the identifier stands for the source port. Only requests begin a
//   flow; other packets are dropped, unless the INPUTSPEC is `pass`.
// =Arguments
//   INPUTSPEC  as IPRewriter's; the pattern may be `pattern SADDR DADDR IDENTIFIERS FOUTPUT ROUTPUT` too
//   TIMEOUT    Seconds  idle lifetime; 300
//   GUARANTEE, MAPPING_CAPACITY, REAP_INTERVAL, DST_ANNO, REPLY_ANNO   see IPRewriter
// =Handlers
//   table  r  `(SADDR, DADDR, IDENTIFIER) => (...) [*FOUTPUT ROUTPUT] iINPUT expSECONDS` (mappings is the same)
//   lookup, table_size, size, capacity, mapping_failures, patterns, patternN, clear, import, export, remove, stats
//          see TCPRewriter and IPRewriter
// =Source RFC 792; RFC 5508; RFC 1624 checksums
//
// The key of a request is (source, identifier, destination, identifier + 1), that of a reply (source, identifier + 1,
// destination, identifier): one is the other reversed, and no request looks like a reply.
class ICMPPingRewriter : public RewriterElement<ICMPPingRewriter> {
  public:
    const char *class_name() const override { return "ICMPPingRewriter"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    // The identifier is the source port.
    mimi::FlowStore::Ref find_flow(uint8_t proto, const mimi::FlowTuple &key) const override;
    mimi::FlowStore::Ref find_reply_to(uint8_t proto, const mimi::FlowTuple &key) const override;

  protected:
    uint8_t lookup_protocol() const override { return IP_PROTO_ICMP; }
    const Table *table_for(uint8_t proto) const override { return proto == IP_PROTO_ICMP ? &_tables[0] : nullptr; }
    bool complete(const mimi::FlowTuple &from, mimi::FlowTuple &to) const override;
    bool tuples_from_text(mimi::RewriterLine &line) const override;
    void tuples_to_text(mimi::RewriterLine &line) const override;
    void unparse_tuples(StringAccum &sa, const mimi::FlowTuple &from, const mimi::FlowTuple &to) const override;

  private:
    friend class RewriterElement<ICMPPingRewriter>;

    static uint16_t after(uint16_t identifier) { return htons(static_cast<uint16_t>(ntohs(identifier) + 1)); }
    static mimi::FlowTuple key_of(uint32_t saddr, uint32_t daddr, uint16_t identifier, bool request)
    {
        return request ? mimi::FlowTuple{saddr, daddr, identifier, after(identifier)}
                       : mimi::FlowTuple{saddr, daddr, after(identifier), identifier};
    }
    static bool is_request(const Packet *p) { return p->icmp_header()->icmp_type == ICMP_ECHO; }
    bool may_begin(const Packet *p) const { return is_request(p); }
    bool read_key(const Packet *p, Key &key) const
    {
        mimi::FlowTuple outer;
        if (!mimi::read_tuple(p, outer) || p->ip_header()->ip_p != IP_PROTO_ICMP
            || (p->icmp_header()->icmp_type != ICMP_ECHO && p->icmp_header()->icmp_type != ICMP_ECHOREPLY))
            return false;
        key.proto = IP_PROTO_ICMP;
        key.table = &_tables[0];
        key.tuple = key_of(outer.saddr, outer.daddr, mimi::load16(p->transport_header() + 4), is_request(p));
        return true;
    }
    uint8_t rewrite(WritablePacket *p, const Key &key, uint32_t, mimi::FlowRecord &r, bool reply, uint8_t marks);
};

#endif
