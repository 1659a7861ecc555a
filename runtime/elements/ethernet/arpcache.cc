// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "arpcache.hh"
#include <click/packet.hh>
#include <algorithm>
#include <iterator>
#include <utility>

ArpCache::Entry *ArpCache::obtain(IPAddress address, const Timestamp &now)
{
    if (Entry *entry = find(address))
        return entry;
    if (_map.size() >= _limits.entries) {
        // Rather one for which nobody waits; then the one not heard of for longest.
        auto rank = [](const Entry &entry) { return std::pair(!entry.waiting.empty(), entry.confirmed); };
        auto victim = std::min_element(_map.begin(), _map.end(), [&](const auto &a, const auto &b) {
            return rank(a.second) < rank(b.second);
        });
        if (victim == _map.end())
            return nullptr;
        kill_waiting(victim->second);
        _map.erase(victim);
    }
    Entry &entry = _map[address.addr()];
    entry.confirmed = now;
    return &entry;
}

Packet *ArpCache::wait(Entry &entry, Packet *packet)
{
    if (_waiting >= _limits.packets && entry.waiting.empty())
        return packet;
    entry.waiting.push_back(packet);
    ++_waiting;
    if (entry.waiting.size() <= _limits.packets_per_entry && _waiting <= _limits.packets)
        return nullptr;
    // The newest packet is the likeliest to be of use still.
    Packet *oldest = entry.waiting.front();
    entry.waiting.pop_front();
    --_waiting;
    return oldest;
}

std::vector<Packet *> ArpCache::learn(IPAddress address, const EtherAddress &ether, const Timestamp &now)
{
    Entry *entry = obtain(address, now);
    if (!entry)
        return {};
    entry->ether = ether;
    entry->known = true;
    entry->confirmed = now;
    entry->queries = 0;
    entry->next_query = Timestamp();
    std::vector<Packet *> ready(entry->waiting.begin(), entry->waiting.end());
    entry->waiting.clear();
    _waiting -= ready.size();
    return ready;
}

bool ArpCache::may_query(Entry &entry, const Timestamp &now)
{
    if (now < entry.next_query)
        return false;
    int pause_ms = std::min(1000, 100 << std::min(entry.queries, 4));
    entry.next_query = now + Timestamp::make_msec(pause_ms);
    ++entry.queries;
    return true;
}

void ArpCache::kill_waiting(Entry &entry)
{
    for (Packet *packet : entry.waiting)
        packet->kill();
    _waiting -= entry.waiting.size();
    entry.waiting.clear();
}

unsigned ArpCache::expire(const Timestamp &now, const Timestamp &patience)
{
    unsigned before = _waiting;
    for (auto it = _map.begin(); it != _map.end();) {
        Entry &entry = it->second;
        bool old = entry.known ? _limits.timeout && now - entry.confirmed >= _limits.timeout : now - entry.confirmed >= patience;
        if (old)
            kill_waiting(entry);
        it = old ? _map.erase(it) : std::next(it);
    }
    return before - _waiting;
}

bool ArpCache::erase(IPAddress address)
{
    auto it = _map.find(address.addr());
    if (it == _map.end())
        return false;
    kill_waiting(it->second);
    _map.erase(it);
    return true;
}

void ArpCache::clear()
{
    for (auto &[address, entry] : _map)
        kill_waiting(entry);
    _map.clear();
}

void ArpCache::take(ArpCache &other)
{
    clear();
    _map.swap(other._map);
    std::swap(_waiting, other._waiting);
}
