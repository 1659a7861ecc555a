// SPDX-License-Identifier: Apache-2.0
#include "fragmentroutes.hh"
#include "packetrewrite.hh"

namespace mimi {

namespace {

uint32_t hash_of(const FlowHash &hash, const FragmentRoutes<uint32_t>::Key &k)
{
    return hash(k.saddr, k.daddr, uint16_t(k.id), 0, k.proto, k.side);
}

uint32_t hash_of(const FlowHash &hash, const FragmentRoutes<Address6>::Key &k)
{
    return hash(k.saddr.word, k.daddr.word, uint16_t(k.id), uint16_t(k.id >> 16), k.proto, k.side);
}

}  // namespace

template <class A> FragmentRoutes<A>::FragmentRoutes() : _used(0), _held(0) {}

template <class A> FragmentRoutes<A>::~FragmentRoutes()
{
    for (Entry &e : _entries)
        forget(e);
}

template <class A> typename FragmentRoutes<A>::Key FragmentRoutes<A>::key_of(const Packet *p, const A &saddr, const A &daddr, int side)
{
    const FragmentPlace place = fragment_place<A>(p);
    const bool agreed = AddressFamily<A>::version == 4;
    return Key{saddr, daddr, place.id, uint8_t(agreed ? place.proto : 0), uint8_t(side)};
}

template <class A> uint64_t FragmentRoutes<A>::forget(Entry &e)
{
    const uint64_t lost = e.held.size();
    for (Packet *p : e.held)
        p->kill();
    _held -= uint32_t(lost);
    e.held.clear();
    if (e.deadline)
        _used.fetch_sub(1, std::memory_order_relaxed);
    e.deadline = 0;
    return lost;
}

// The datagram's entry, or one that is free, or the oldest of the line, made free.
template <class A> typename FragmentRoutes<A>::Entry &FragmentRoutes<A>::place(const Key &key, uint32_t now, uint64_t &lost)
{
    if (_entries.empty())
        _entries.resize(lines * ways);
    const uint32_t h = hash_of(_hash, key);
    Entry *const line = &_entries[h % lines * ways], *best = line;
    for (Entry *e = line; e != line + ways; ++e) {
        if (e->deadline && e->deadline < now)
            lost += forget(*e);
        if (e->deadline && e->key == key)
            return *e;
        if (e->deadline < best->deadline)
            best = e;
    }
    lost += forget(*best);
    best->key = key;
    best->known = false;
    best->deadline = now + lifetime_s;
    _used.fetch_add(1, std::memory_order_relaxed);
    return *best;
}

template <class A>
typename FragmentRoutes<A>::Answer FragmentRoutes<A>::find_or_hold(const Key &key, Packet *p, uint32_t now, Route &route, uint64_t &lost)
{
    std::lock_guard<std::mutex> guard(_lock);
    Entry &e = place(key, now, lost);
    if (e.known) {
        route = e.route;
        return follow;
    }
    if (e.held.size() >= held_for_one || _held >= held_for_all)
        return full;
    e.held.push_back(p);
    ++_held;
    return held;
}

template <class A>
void FragmentRoutes<A>::learn(const Key &key, const Route &route, uint32_t now, std::vector<Packet *> &released, uint64_t &lost)
{
    std::lock_guard<std::mutex> guard(_lock);
    Entry &e = place(key, now, lost);
    e.known = true;
    e.route = route;
    e.deadline = now + lifetime_s;
    _held -= uint32_t(e.held.size());
    released.swap(e.held);
}

template <class A> uint64_t FragmentRoutes<A>::expire(uint32_t now)
{
    if (!_used.load(std::memory_order_relaxed))
        return 0;
    uint64_t lost = 0;
    std::lock_guard<std::mutex> guard(_lock);
    for (Entry &e : _entries)
        if (e.deadline && e.deadline < now)
            lost += forget(e);
    return lost;
}

template class FragmentRoutes<uint32_t>;
template class FragmentRoutes<Address6>;

}  // namespace mimi

ELEMENT_PROVIDES(FragmentRoutes)
ELEMENT_REQUIRES(PacketView PacketView6)
