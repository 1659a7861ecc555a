// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ipaddrpairrewriter.hh"
#include "rewritertext.hh"

using mimi::FlowTuple;

int IPAddrPairRewriter::configure(Vector<String> &conf, ErrorHandler *errh)
{
    _timeout_s = 7200;
    return read_annotations(conf, errh) < 0 ? -1 : IPRewriterBase::configure(conf, errh);
}

// Ports are none of its business.
bool IPAddrPairRewriter::complete(const FlowTuple &, FlowTuple &to) const
{
    return !to.sport && !to.dport;
}

mimi::FlowStore::Ref IPAddrPairRewriter::find_flow(uint8_t, const FlowTuple &key) const
{
    return _store->find(_tables[0].number, FlowTuple{key.saddr, key.daddr, 0, 0});
}

FlowTuple IPAddrPairRewriter::rewritten(mimi::FlowStore::Ref ref, const FlowTuple &key) const
{
    const FlowTuple to = RewriterElement::rewritten(ref, key);
    return FlowTuple{to.saddr, to.daddr, key.sport, key.dport};
}

void IPAddrPairRewriter::unparse_tuples(StringAccum &sa, const FlowTuple &from, const FlowTuple &to) const
{
    sa << '(' << IPAddress(from.saddr) << ", " << IPAddress(from.daddr) << ") => (" << IPAddress(to.saddr) << ", "
       << IPAddress(to.daddr) << ')';
}

bool IPAddrPairRewriter::tuples_from_text(mimi::RewriterLine &line) const
{
    return !line.from.sport && !line.from.dport && !line.to.sport && !line.to.dport;
}

EXPORT_ELEMENT(IPAddrPairRewriter)
