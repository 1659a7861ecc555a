// SPDX-License-Identifier: Apache-2.0
#include "fragmentroutes.hh"
#include <mimi/checksumdelta.hh>

namespace mimi {

FragmentRoutes::FragmentRoutes() : _used(0), _held(0) {}

FragmentRoutes::~FragmentRoutes()
{
    for (Entry &e : _entries)
        forget(e);
}

FragmentRoutes::Key FragmentRoutes::key_of(const Packet *p, uint32_t saddr, uint32_t daddr, int side)
{
    const unsigned char *ip = p->network_header();
    return Key{saddr, daddr, load16(ip + 4), ip[9], uint8_t(side)};
}

uint64_t FragmentRoutes::forget(Entry &e)
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
FragmentRoutes::Entry &FragmentRoutes::place(const Key &key, uint32_t now, uint64_t &lost)
{
    if (_entries.empty())
        _entries.resize(lines * ways);
    const uint32_t h = _hash(key.saddr, key.daddr, key.id, 0, key.proto, key.side);
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

FragmentRoutes::Answer FragmentRoutes::find_or_hold(const Key &key, Packet *p, uint32_t now, Route &route, uint64_t &lost)
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

void FragmentRoutes::learn(const Key &key, const Route &route, uint32_t now, std::vector<Packet *> &released, uint64_t &lost)
{
    std::lock_guard<std::mutex> guard(_lock);
    Entry &e = place(key, now, lost);
    e.known = true;
    e.route = route;
    e.deadline = now + lifetime_s;
    _held -= uint32_t(e.held.size());
    released.swap(e.held);
}

uint64_t FragmentRoutes::expire(uint32_t now)
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

}  // namespace mimi

ELEMENT_PROVIDES(FragmentRoutes)
ELEMENT_REQUIRES(FlowBinding)
