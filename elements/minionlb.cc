// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "minionlb.hh"
#include "flowlife.hh"
#include "sourcewalk.hh"
CLICK_DECLS

using mimi::BackendPool;
using mimi::Direction;
using mimi::FlowKey;
using mimi::FlowState;
using mimi::Mode;

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

bool MinionLB::is_direct(const Record &r)
{
    return Record::flags_of(r.life.load(std::memory_order_relaxed)) & mimi::unrewritten;
}

// Unchanged to the backend; there is no way back through here.
int MinionLB::send_direct(const Group &g, Item &item, Record *r)
{
    if (g.port == 1)
        return pass(g, item);
    refresh(g, r, lifetime(r->proto, mimi::track(*r, Direction::forward, item.view.tcp_flags)));
    mimi::mark_through(r->life);
    item.p->set_dst_ip_anno(IPAddress(r->xlat.daddr));
    g.count(forward);
    forwarded(g, item, *r);
    return g.port;
}

inline int MinionLB::rewrite(const Group &g, Item &item, Record *r)
{
    return is_direct(*r) ? send_direct(g, item, r) : MinionBoxPath<MinionLB>::rewrite(g, item, r);
}

// About what a backend has sent itself: it must learn of it, or it never finds the size of packets that reach the client.
int MinionLB::handle_icmp_error(const Group &g, Item &item, Record *r)
{
    if (!r || !is_direct(*r))
        return MinionBoxPath<MinionLB>::handle_icmp_error(g, item, r);
    if (g.port == 1)
        return pass(g, item);
    item.p->set_dst_ip_anno(IPAddress(r->xlat.daddr));
    g.count(icmp_errors);
    return g.port;
}

void MinionLB::count_carried(const mimi::BindingRecord &r, Direction d, uint64_t packets)
{
    MinionBox::count_carried(r, d, packets);
    const uint16_t backend = r.tag.load(std::memory_order_relaxed);
    if (backend != BackendPool::none)
        _counts.add_shared(count_of(backend, d), packets);
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

void MinionLB::aim(mimi::FlowBinding &b, uint16_t slot) const
{
    const mimi::Backend &backend = _pool.backend(slot);
    b.xlat = b.orig;
    b.xlat.daddr = backend.addr;
    if (backend.port)
        b.xlat.dport = backend.port;
}

bool MinionLB::begin(const Group &g, Item &item, uint64_t clock, const Record *before, mimi::FlowBinding &b, uint16_t &slot)
{
    const FlowKey &key = item.view.key;
    slot = _pool.choose(item.mark, key);
    if (slot == BackendPool::none) {
        item.to = drop(g, item, drop_no_backend);
        return false;
    }
    b.seq = next_seq(clock, before ? before->seq.load(std::memory_order_relaxed) : 0);
    b.proto = key.proto;
    b.orig = key.tuple;
    aim(b, slot);
    if (b.proto == mimi::proto_tcp)
        b.state = begins_flow(item.view) ? FlowState::fresh : FlowState::established;
    b.flags = flags_for(item.mark, 0);
    b.lifetime_s = lifetime(b.proto, b.state);
    return true;
}

uint16_t MinionLB::flags_for(uint16_t vip, uint16_t flags) const
{
    if (_pool.vip(vip).mode != Mode::direct)
        return uint16_t(flags & ~mimi::unrewritten);
    return uint16_t(flags | mimi::unrewritten | mimi::answered);  // the backend's answer passes us by
}

// Whether the backend could not tell the flow from another one.
bool MinionLB::is_taken(const Group &g, const mimi::FlowBinding &b, uint32_t reverse_hash) const
{
    const mimi::BindingStore::Probe probe = {reverse_hash, 0};
    const Record *rival = _table->find(probe, b.reply_key(), Direction::reverse, g.now);
    return rival && rival->orig != b.orig;
}

bool MinionLB::fits(const Group &g, mimi::FlowBinding &b, mimi::BindingStore::Prepared &hashes, uint16_t slot)
{
    if (_pool.vip(_pool.backend(slot).vip).mode == Mode::full_nat)
        return find_source(g, b, hashes, slot);
    return !is_taken(g, b, hashes.reverse);
}

// The backend that was chosen, or another one if it has a flow of this client's address and port already.
bool MinionLB::settle(const Group &g, Item &item, mimi::FlowBinding &b, mimi::BindingStore::Prepared &hashes, uint16_t &slot)
{
    const uint16_t chosen = slot;
    if (!fits(g, b, hashes, slot))
        slot = _pool.next_in_line(chosen, [&](uint16_t other) {
            aim(b, other);
            hashes = _table->prepare(b);
            return !fits(g, b, hashes, other);
        });
    _pool.choice_settled(chosen, slot);
    if (slot == BackendPool::none)
        item.to = drop(g, item, drop_no_backend);
    return slot != BackendPool::none;
}

// An address and a port to send from. The table knows which are in use: a port is free for a backend when no reply key of that
// backend has it, so imported flows keep theirs. Tried are the client's own port, then some by chance, then some in a row.
bool MinionLB::find_source(const Group &g, mimi::FlowBinding &b, mimi::BindingStore::Prepared &hashes, uint16_t slot)
{
    const std::vector<mimi::SourceRangeOf<uint32_t>> &ranges = _pool.vip(_pool.backend(slot).vip).sources;
    const mimi::ChoiceHash secret(_source_secret);
    _source_chance = mimi::ChoiceHash::mix(_source_chance);
    mimi::SourceWalk walk(ranges, secret.source(FlowKey{b.orig, b.proto}), b.orig.sport, _source_chance);
    do {
        b.xlat.saddr = walk.addr();
        b.xlat.sport = walk.port();
        hashes = _table->prepare(b);
        if (!is_taken(g, b, hashes.reverse))
            return true;
    } while (walk.next());
    return false;
}

CLICK_ENDDECLS
EXPORT_ELEMENT(MinionLB)
ELEMENT_REQUIRES(BackendPool MinionBox MinionLBHandlers MinionLBSetup)
