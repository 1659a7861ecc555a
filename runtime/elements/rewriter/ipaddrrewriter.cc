// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ipaddrrewriter.hh"
#include "rewritertext.hh"

using mimi::FlowTuple;

int IPAddrRewriter::configure(Vector<String> &conf, ErrorHandler *errh)
{
    _timeout_s = 7200;
    return read_annotations(conf, errh) < 0 ? -1 : IPRewriterBase::configure(conf, errh);
}

// Only the source can change: a flow is known by nothing else.
bool IPAddrRewriter::complete(const FlowTuple &, FlowTuple &to) const
{
    return !to.daddr && !to.sport && !to.dport;
}

mimi::FlowStore::Ref IPAddrRewriter::find_flow(uint8_t, const FlowTuple &key) const
{
    const mimi::FlowStore::Ref ref = _store->find(_tables[0].number, forward_key(key.saddr));
    return ref ? ref : _store->find(_tables[0].number, reply_key(key.daddr));
}

FlowTuple IPAddrRewriter::rewritten(mimi::FlowStore::Ref ref, const FlowTuple &key) const
{
    FlowTuple to = key;
    const mimi::FlowRecord &r = _store->at(mimi::FlowStore::number(ref));
    (mimi::FlowStore::is_reply(ref) ? to.daddr : to.saddr) = mimi::FlowStore::is_reply(ref) ? r.from.saddr : r.to.saddr;
    return to;
}

uint8_t IPAddrRewriter::rewrite(WritablePacket *p, const Key &key, uint32_t, mimi::FlowRecord &r, bool reply, uint8_t marks)
{
    const FlowTuple from = {key.tuple.saddr, key.daddr, 0, 0};
    const FlowTuple to = {reply ? from.saddr : r.to.saddr, reply ? r.from.saddr : from.daddr, 0, 0};
    mimi::rewrite_addresses_only(p, from, to);
    if (reply)
        annotate(p, r, reply, to.daddr);
    return marks;
}

void IPAddrRewriter::unparse_tuples(StringAccum &sa, const FlowTuple &from, const FlowTuple &to) const
{
    if (from.saddr || !from.daddr)
        sa << IPAddress(from.saddr) << " => " << IPAddress(to.saddr);
    else
        sa << IPAddress(from.daddr) << " => " << IPAddress(to.daddr);
}

// The source is all there is to tell.
bool IPAddrRewriter::tuples_from_text(mimi::RewriterLine &line) const
{
    const FlowTuple from = line.from, to = line.to;
    return !from.daddr && !from.sport && !from.dport && !to.daddr && !to.sport && !to.dport;
}

EXPORT_ELEMENT(IPAddrRewriter)
