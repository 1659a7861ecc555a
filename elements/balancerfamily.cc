// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "balancerfamily_impl.hh"
#include "flowlife.hh"
#include "minionlb.hh"
#include "sourcewalk.hh"
CLICK_DECLS

using mimi::Direction;
using mimi::FlowState;
using mimi::Mode;

template <class A> bool BalancerFamily<A>::restarts(const Group &g, const Item &item, const Record &r) const
{
    return g.port == 0 && Path::restarts(g, item, r);
}

template <class A> inline void BalancerFamily<A>::forwarded(const Group &g, const Item &item, const Record &r) const
{
    const uint16_t backend = r.tag.load(std::memory_order_relaxed);
    if (backend != Pool::none)
        g.count(int(count_of(backend, item.direction)));
}

template <class A> bool BalancerFamily<A>::is_direct(const Record &r)
{
    return Record::flags_of(r.life.load(std::memory_order_relaxed)) & mimi::unrewritten;
}

// Unchanged to the backend; there is no way back through here.
template <class A> int BalancerFamily<A>::send_direct(const Group &g, Item &item, Record *r)
{
    if (g.port == 1)
        return this->pass(g, item);
    this->refresh(g, r, this->lifetime(r->proto, mimi::track(*r, Direction::forward, item.view.tcp_flags)));
    mimi::mark_through(r->life);
    mimi::set_destination(item.p, r->xlat.daddr);
    g.count(MinionBox::forward);
    forwarded(g, item, *r);
    return g.port;
}

template <class A> inline int BalancerFamily<A>::rewrite(const Group &g, Item &item, Record *r)
{
    return is_direct(*r) ? send_direct(g, item, r) : Path::rewrite(g, item, r);
}

// About what a backend has sent itself: it must learn of it, or it never finds the size of packets that reach the client.
template <class A> int BalancerFamily<A>::handle_icmp_error(const Group &g, Item &item, Record *r)
{
    if (!r || !is_direct(*r))
        return Path::handle_icmp_error(g, item, r);
    if (g.port == 1)
        return this->pass(g, item);
    mimi::set_destination(item.p, r->xlat.daddr);
    g.count(MinionBox::icmp_errors);
    return g.port;
}

template <class A> void BalancerFamily<A>::count_carried(const mimi::BindingRecordOf<A> &r, Direction d, uint64_t packets)
{
    Path::count_carried(r, d, packets);
    const uint16_t backend = r.tag.load(std::memory_order_relaxed);
    if (backend != Pool::none)
        this->_box.counts().add_shared(count_of(backend, d), packets);
}

template <class A> int BalancerFamily<A>::handle_miss(const Group &g, Item &item, Record *)
{
    const uint8_t proto = item.view.key.proto;
    const mimi::FlowTupleOf<A> &t = item.view.key.tuple;
    if (g.port == 1)
        return _pool.is_backend_service(proto, t.saddr, t.sport) ? this->drop(g, item, MinionLB::drop_backend_unknown) : this->pass(g, item);
    item.mark = _pool.vip_of(proto, t.daddr, t.dport);
    if (item.mark == Pool::none)
        return this->pass(g, item);
    return this->begins_flow(item.view) ? int(MinionBox::begins) : this->handle_mid_flow(g, item);
}

template <class A> bool BalancerFamily<A>::is_own_error(const Group &g, const Item &item) const
{
    const mimi::FlowTupleOf<A> &quoted = item.view.key.tuple;
    const uint8_t proto = item.view.key.proto;
    return g.port == 0 ? _pool.vip_of(proto, quoted.saddr, quoted.sport) != Pool::none
                       : _pool.is_backend_service(proto, quoted.daddr, quoted.dport);
}

template <class A> bool BalancerFamily<A>::is_own_fragment(const Group &g, const Item &item) const
{
    return g.port == 0 ? _pool.is_vip_address(item.view.daddr) : _pool.is_backend_address(item.view.saddr);
}

template <class A> void BalancerFamily<A>::aim(Binding &b, uint16_t slot) const
{
    const typename Pool::Backend &backend = _pool.backend(slot);
    b.xlat = b.orig;
    b.xlat.daddr = backend.addr;
    if (backend.port)
        b.xlat.dport = backend.port;
}

template <class A> bool BalancerFamily<A>::begin(const Group &g, Item &item, uint64_t clock, const Record *before, Binding &b, uint16_t &slot)
{
    const mimi::FlowKeyOf<A> &key = item.view.key;
    slot = _pool.choose(item.mark, key);
    if (slot == Pool::none) {
        item.to = this->drop(g, item, MinionLB::drop_no_backend);
        return false;
    }
    b.seq = this->next_seq(clock, before ? before->seq.load(std::memory_order_relaxed) : 0);
    b.proto = key.proto;
    b.orig = key.tuple;
    aim(b, slot);
    if (b.proto == mimi::proto_tcp)
        b.state = this->begins_flow(item.view) ? FlowState::fresh : FlowState::established;
    b.flags = flags_for(item.mark, 0);
    b.lifetime_s = this->lifetime(b.proto, b.state);
    return true;
}

template <class A> uint16_t BalancerFamily<A>::flags_for(uint16_t vip, uint16_t flags) const
{
    if (_pool.vip(vip).mode != Mode::direct)
        return uint16_t(flags & ~mimi::unrewritten);
    return uint16_t(flags | mimi::unrewritten | mimi::answered);  // the backend's answer passes us by
}

// Whether the backend could not tell the flow from another one.
template <class A> bool BalancerFamily<A>::is_taken(const Group &g, const Binding &b, uint32_t reverse_hash) const
{
    const typename Path::Store::Probe probe = {reverse_hash, 0};
    const Record *rival = this->_table->find(probe, b.reply_key(), Direction::reverse, g.now);
    return rival && rival->orig != b.orig;
}

template <class A> bool BalancerFamily<A>::fits(const Group &g, Binding &b, Prepared &hashes, uint16_t slot)
{
    if (_pool.vip(_pool.backend(slot).vip).mode == Mode::full_nat)
        return find_source(g, b, hashes, slot);
    return !is_taken(g, b, hashes.reverse);
}

// The backend that was chosen, or another one if it has a flow of this client's address and port already.
template <class A> bool BalancerFamily<A>::settle(const Group &g, Item &item, Binding &b, Prepared &hashes, uint16_t &slot)
{
    const uint16_t chosen = slot;
    if (!fits(g, b, hashes, slot))
        slot = _pool.next_in_line(chosen, [&](uint16_t other) {
            aim(b, other);
            hashes = this->_table->prepare(b);
            return !fits(g, b, hashes, other);
        });
    _pool.choice_settled(chosen, slot);
    if (slot == Pool::none)
        item.to = this->drop(g, item, MinionLB::drop_no_backend);
    return slot != Pool::none;
}

// An address and a port to send from. The table knows which are in use: a port is free for a backend when no reply key of that
// backend has it, so imported flows keep theirs. Tried are the client's own port, then some by chance, then some in a row.
template <class A> bool BalancerFamily<A>::find_source(const Group &g, Binding &b, Prepared &hashes, uint16_t slot)
{
    const std::vector<mimi::SourceRangeOf<A>> &ranges = _pool.vip(_pool.backend(slot).vip).sources;
    const mimi::ChoiceHash secret(_source_secret);
    _source_chance = mimi::ChoiceHash::mix(_source_chance);
    mimi::SourceWalkOf<A> walk(ranges, secret.source(mimi::FlowKeyOf<A>{b.orig, b.proto}), b.orig.sport, _source_chance);
    do {
        b.xlat.saddr = walk.addr();
        b.xlat.sport = walk.port();
        hashes = this->_table->prepare(b);
        if (!is_taken(g, b, hashes.reverse))
            return true;
    } while (walk.next());
    return false;
}

template class BalancerFamily<uint32_t>;
template class BalancerFamily<mimi::Address6>;

CLICK_ENDDECLS
ELEMENT_PROVIDES(BalancerFamily)
ELEMENT_REQUIRES(BackendPool BoxFamily)
