// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BALANCERFAMILY_IMPL_HH
#define MIMI_BALANCERFAMILY_IMPL_HH
#include "balancerfamily.hh"
#include <click/straccum.hh>
#include <random>
CLICK_DECLS

// The life of a balancer's family and what handlers ask of it, away from the packet path; for the one source that instantiates it.

template <class A> void BalancerFamily<A>::begin_with(size_t slots, size_t first_count)
{
    _first_count = first_count;
    _pool.begin(slots);
    std::random_device entropy;
    _source_secret = (uint64_t(entropy()) << 32) | entropy();
    _source_chance = (uint64_t(entropy()) << 32) | entropy();
    this->make_table();
}

template <class A> void BalancerFamily<A>::succeed(BalancerFamily &old)
{
    this->take_table(old);
    this->_table->set_watch(nullptr);  // until records have the numbers of our backends
    take_backends(old);
}

template <class A> void BalancerFamily<A>::take_backends(const BalancerFamily &old)
{
    std::vector<uint16_t> slot_now;
    _pool.succeed(old._pool, slot_now);
    for (uint16_t slot = 0; slot != slot_now.size(); ++slot)
        if (slot_now[slot] != Pool::none)
            for (mimi::Direction d : {mimi::Direction::forward, mimi::Direction::reverse})
                this->_box.counts().add_shared(count_of(slot_now[slot], d), old._box.counts().total(old.count_of(slot, d)) - old._pool.backend(slot).counted[int(d)]);
    this->_table->for_each(0, [&](Record &r) {
        const uint16_t vip = _pool.vip_of(r.proto, r.orig.daddr, r.orig.dport);
        if (vip == Pool::none) {
            this->_table->erase(&r);
            return;
        }
        const uint16_t before = r.tag.load(std::memory_order_relaxed);
        uint16_t slot = before < slot_now.size() ? slot_now[before] : Pool::none;
        if (slot == Pool::none)
            slot = owner_of(r.binding());
        r.tag.store(slot, std::memory_order_relaxed);
        _pool.flow_began(slot);
        const uint32_t life = r.life.load(std::memory_order_relaxed);
        const uint16_t flags = flags_for(vip, Record::flags_of(life));
        r.life.store(Record::make_life(Record::state_of(life), flags), std::memory_order_relaxed);
    });
    this->_table->set_watch(watch());
    _source_secret = old._source_secret;
}

template <class A> uint16_t BalancerFamily<A>::owner_of(const Binding &b) const
{
    const uint16_t vip = _pool.vip_of(b.proto, b.orig.daddr, b.orig.dport);
    return vip == Pool::none ? vip : _pool.backend_of(vip, b.orig.dport, b.xlat.daddr, b.xlat.dport);
}

template <class A> typename BalancerFamily<A>::Outcome BalancerFamily<A>::adopt(const Binding &b, const Prepared &hashes, uint16_t owner, uint32_t now)
{
    Binding ours = b;
    ours.flags = flags_for(_pool.backend(owner).vip, b.flags);
    return Path::adopt(ours, hashes, owner, now);
}

template <class A>
std::string BalancerFamily<A>::parse_change(const std::vector<std::string> &words, size_t at_least, size_t at_most, Change &c) const
{
    if (words.size() < at_least || words.size() > at_most)
        return std::string("expected PROTO ADDRESS:PORT BACKEND") + (at_most == 3 ? "" : at_least == 3 ? " [WEIGHT]" : " WEIGHT")
            + ", found " + std::to_string(words.size()) + " words";
    mimi::VipSpecOf<A> name = mimi::VipSpecOf<A>();
    std::string wrong = mimi::parse_vip_name(words[0], words[1], name);
    if (!wrong.empty())
        return wrong;
    c.vip = _pool.vip_named(name);
    if (c.vip == Pool::none)
        return "expected a VIP of this balancer, found '" + words[0] + " " + words[1] + "'; the handler vips lists them";
    wrong = mimi::parse_backend(words[2], c.backend);
    c.weighed = words.size() == 4;
    if (wrong.empty() && c.weighed)
        wrong = mimi::parse_weight(words[3], c.backend.weight);
    return wrong;
}

template <class A> std::string BalancerFamily<A>::check_purge(const std::vector<Change> &named)
{
    std::lock_guard<mimi::TableLock> guard(this->_table->lock());
    for (const Change &c : named)
        if (_pool.slot_of(c.vip, c.backend) == Pool::none)
            return "line " + std::to_string(c.line) + ": expected a backend of that VIP, found '" + c.backend.name()
                + "'; the handler vips lists them";
    return std::string();
}

template <class A> std::string BalancerFamily<A>::prepare(const std::vector<Change> &changes, typename Pool::Pending &pending)
{
    const auto counted = [this](uint16_t slot, int d) { return this->_box.counts().total(count_of(slot, mimi::Direction(d))); };
    return _pool.prepare(changes, this->_table->lock(), counted, pending);
}

template <class A> void BalancerFamily<A>::purge(const std::vector<Change> &named)
{
    const unsigned slice = 256;  // records, before packets have their turn at the lock
    if (named.empty())
        return;
    std::vector<bool> meant(_pool.n_slots(), false);
    {
        std::lock_guard<mimi::TableLock> guard(this->_table->lock());
        for (const Change &c : named) {
            const uint16_t slot = _pool.slot_of(c.vip, c.backend);
            if (slot != Pool::none)
                meant[slot] = true;
        }
    }
    uint32_t place = 0;
    for (bool more = true; more;) {
        mimi::TableLock::Polite guard(this->_table->lock());
        more = this->_table->walk(place, slice, 0, [&](Record &r) {
            const uint16_t slot = r.tag.load(std::memory_order_relaxed);
            if (slot == Pool::none || !meant[slot])
                return;
            this->_table->erase(&r);
            this->_box.counts().add_shared(MinionBox::removed, 1);
        });
    }
}

template <class A> std::string BalancerFamily<A>::backend_line(uint16_t slot) const
{
    const typename Pool::Backend &b = _pool.backend(slot);
    const auto packets = [&](mimi::Direction d) { return std::to_string(this->_box.counts().total(count_of(slot, d)) - b.counted[int(d)]); };
    return "backend " + b.name() + " chosen " + std::to_string(b.chosen) + " forward " + packets(mimi::Direction::forward) + " reverse "
        + packets(mimi::Direction::reverse) + " weight " + std::to_string(b.weight) + " state " + b.state() + " flows "
        + std::to_string(_pool.flows(slot));
}

template <class A> void BalancerFamily<A>::write_vip(uint16_t vip, StringAccum &out)
{
    std::lock_guard<mimi::TableLock> guard(this->_table->lock());
    const mimi::VipSpecOf<A> &v = _pool.vip(vip);
    MinionBox::append_line(out, "vip " + v.name() + " " + mimi::choose_word(v.choose) + " chosen " + std::to_string(_pool.chosen(vip))
                                    + " mode " + mimi::mode_word(v.mode));
    for (uint16_t slot : _pool.backends_of(vip))
        if (!_pool.is_gone(slot))
            MinionBox::append_line(out, backend_line(slot));
}

CLICK_ENDDECLS
#endif
