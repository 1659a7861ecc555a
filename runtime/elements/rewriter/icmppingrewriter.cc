// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "icmppingrewriter.hh"
#include "rewritertext.hh"

using mimi::FlowTuple;

int ICMPPingRewriter::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return read_annotations(conf, errh) < 0 ? -1 : IPRewriterBase::configure(conf, errh);
}

bool ICMPPingRewriter::complete(const FlowTuple &, FlowTuple &to) const
{
    to.dport = after(to.sport);
    return true;
}

mimi::FlowStore::Ref ICMPPingRewriter::find_flow(uint8_t proto, const FlowTuple &key) const
{
    return RewriterElement::find_flow(proto, key_of(key.saddr, key.daddr, key.sport, true));
}

mimi::FlowStore::Ref ICMPPingRewriter::find_reply_to(uint8_t proto, const FlowTuple &key) const
{
    return RewriterElement::find_flow(proto, key_of(key.saddr, key.daddr, key.sport, false));
}

uint8_t ICMPPingRewriter::rewrite(WritablePacket *p, const Key &key, uint32_t, mimi::FlowRecord &r, bool reply, uint8_t marks)
{
    const FlowTuple to = r.outgoing(reply);
    mimi::rewrite_addresses_only(p, key.tuple, to);
    unsigned char *icmp = p->transport_header();
    const uint16_t before = mimi::load16(icmp + 4), now = is_request(p) ? to.sport : to.dport;
    mimi::store16(icmp + 4, now);
    if (before != now) {
        mimi::update_sum(icmp + 2, mimi::change16(before, now));
        // A reply may consist of nothing but zeros now.
        click_update_zero_in_cksum(&p->icmp_header()->icmp_cksum, icmp, p->transport_length());
    }
    annotate(p, r, reply, to.daddr);
    return marks;
}

void ICMPPingRewriter::unparse_tuples(StringAccum &sa, const FlowTuple &from, const FlowTuple &to) const
{
    // The smaller port of the two, around the end of the numbers.
    const auto identifier = [](const FlowTuple &t) { return ntohs(after(t.sport) == t.dport ? t.sport : t.dport); };
    const auto triple = [&](const FlowTuple &t) {
        sa << '(' << IPAddress(t.saddr) << ", " << IPAddress(t.daddr) << ", " << identifier(t) << ')';
    };
    triple(from);
    sa << " => ";
    triple(to);
}

// Text does not tell what follows from the identifier.
bool ICMPPingRewriter::tuples_from_text(mimi::RewriterLine &line) const
{
    if (line.from.dport || line.to.dport)
        return false;
    line.from.dport = after(line.from.sport);
    line.to.dport = after(line.to.sport);
    return true;
}

void ICMPPingRewriter::tuples_to_text(mimi::RewriterLine &line) const
{
    line.from.dport = line.to.dport = 0;
}

EXPORT_ELEMENT(ICMPPingRewriter)
