// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "minionlb.hh"
CLICK_DECLS

using mimi::BackendPool;
using mimi::Direction;
using mimi::FlowState;

MinionLB::MinionLB() {}

MinionLB::~MinionLB() {}

bool MinionLB::restarts(const Group &g, const Item &item, const Record &r) const
{
    return g.port == 0 && MinionBoxPath<MinionLB>::restarts(g, item, r);
}

inline void MinionLB::forwarded(const Group &g, const Item &item, const Record &r) const
{
    const uint16_t backend = r.tag.load(std::memory_order_relaxed);
    if (backend != BackendPool::none)
        g.count(int(count_of(backend, item.direction)));
}

int MinionLB::handle_miss(const Group &g, Item &item, Record *)
{
    const uint8_t proto = item.view.key.proto;
    const mimi::FlowTuple &t = item.view.key.tuple;
    if (g.port == 1)
        return _pool.is_backend_service(proto, t.saddr, t.sport) ? drop(g, item, drop_backend_unknown) : pass(g, item);
    item.mark = _pool.vip_of(proto, t.daddr, t.dport);
    if (item.mark == BackendPool::none)
        return pass(g, item);
    return begins_flow(item.view) ? int(begins) : handle_mid_flow(g, item);
}

bool MinionLB::is_own_error(const Group &g, const Item &item) const
{
    const mimi::FlowTuple &quoted = item.view.key.tuple;
    const uint8_t proto = item.view.key.proto;
    return g.port == 0 ? _pool.vip_of(proto, quoted.saddr, quoted.sport) != BackendPool::none
                       : _pool.is_backend_service(proto, quoted.daddr, quoted.dport);
}

bool MinionLB::is_own_fragment(const Group &g, const Item &item) const
{
    return g.port == 0 ? _pool.is_vip_address(item.view.daddr) : _pool.is_backend_address(item.view.saddr);
}

bool MinionLB::begin(const Group &, Item &item, uint64_t clock, const Record *before, mimi::FlowBinding &b, uint16_t &backend)
{
    backend = _pool.choose(item.mark);
    const mimi::FlowKey &key = item.view.key;
    b.seq = next_seq(clock, before ? before->seq.load(std::memory_order_relaxed) : 0);
    b.proto = key.proto;
    b.orig = b.xlat = key.tuple;
    b.xlat.daddr = _pool.backend(backend).addr;
    b.xlat.dport = _pool.backend(backend).port;
    if (b.proto == mimi::proto_tcp)
        b.state = begins_flow(item.view) ? FlowState::fresh : FlowState::established;
    b.lifetime_s = lifetime(b.proto, b.state);
    return true;
}

CLICK_ENDDECLS
EXPORT_ELEMENT(MinionLB)
ELEMENT_REQUIRES(BackendPool MinionBox MinionLBHandlers MinionLBSetup)
