// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "neighbourcache.hh"

namespace {

bool is_older(const Timestamp &when, const Timestamp &now, uint32_t seconds)
{
    return now - when >= Timestamp(Timestamp::seconds_type(seconds));
}

}  // namespace

bool NeighbourCache::find(const IP6Address &address, const Timestamp &now, EtherAddress &ether, bool &ask)
{
    auto it = _entries.find(address);
    if (it == _entries.end()) {
        make_room();
        it = _entries.emplace(address, Entry()).first;
    }
    Entry &e = it->second;
    if (e.known && _limits.timeout_s != 0 && is_older(e.heard, now, _limits.timeout_s))
        e.known = false;
    if (e.known && e.questions >= most_questions && is_older(e.asked, now, 1)) {
        e.known = false;  // it does not answer where it was: everybody is asked
        e.questions = 0;
    }
    const bool due = !e.known || (_limits.poll_s != 0 && is_older(e.heard, now, _limits.poll_s));
    ask = due && (e.questions == 0 || is_older(e.asked, now, 1));
    if (ask) {
        e.asked = now;
        ++e.questions;
    }
    ether = e.ether;
    return e.known;
}

uint64_t NeighbourCache::drop_waiting(Entry &entry)
{
    const uint64_t dropped = entry.waiting.size();
    for (Packet *p : entry.waiting)
        p->kill();
    entry.waiting.clear();
    _held -= uint32_t(dropped);
    return dropped;
}

// The one heard of longest ago goes, but none that packets wait for if there is another.
void NeighbourCache::make_room()
{
    if (_entries.size() < _limits.entries)
        return;
    auto oldest = _entries.begin();
    for (auto it = _entries.begin(); it != _entries.end(); ++it) {
        const bool waits = !it->second.waiting.empty(), oldest_waits = !oldest->second.waiting.empty();
        if (waits != oldest_waits ? oldest_waits : it->second.heard < oldest->second.heard)
            oldest = it;
    }
    drop_waiting(oldest->second);
    _entries.erase(oldest);
}

uint64_t NeighbourCache::hold(const IP6Address &address, Packet *packet)
{
    Entry &e = _entries[address];
    if (_held >= _limits.packets || e.waiting.size() >= _limits.packets_of_one) {
        packet->kill();
        return 1;
    }
    e.waiting.push_back(packet);
    ++_held;
    return 0;
}

void NeighbourCache::learn(const IP6Address &address, const EtherAddress &ether, bool create, bool overrides, const Timestamp &now,
                           std::vector<Packet *> &released)
{
    auto it = _entries.find(address);
    if (it == _entries.end()) {
        if (!create)
            return;
        make_room();
        it = _entries.emplace(address, Entry()).first;
    }
    Entry &e = it->second;
    if (e.known && !overrides && e.ether != ether)
        return;
    e.ether = ether;
    e.known = true;
    e.questions = 0;
    e.heard = now;
    released.insert(released.end(), e.waiting.begin(), e.waiting.end());
    _held -= uint32_t(e.waiting.size());
    e.waiting.clear();
}

uint64_t NeighbourCache::tick(const Timestamp &now, Questions &again)
{
    uint64_t dropped = 0;
    for (auto it = _entries.begin(); it != _entries.end();) {
        Entry &e = it->second;
        const bool late = e.questions >= most_questions && is_older(e.asked, now, 1);
        const bool old = e.known && _limits.timeout_s != 0 && is_older(e.heard, now, _limits.timeout_s);
        if ((!e.known && late) || (old && e.waiting.empty())) {
            dropped += drop_waiting(e);
            it = _entries.erase(it);
            continue;
        }
        if (!e.known && e.questions != 0 && is_older(e.asked, now, 1)) {
            e.asked = now;
            ++e.questions;
            again.push_back(std::make_pair(it->first, EtherAddress()));
        }
        ++it;
    }
    return dropped;
}

bool NeighbourCache::erase(const IP6Address &address)
{
    auto it = _entries.find(address);
    if (it == _entries.end())
        return false;
    drop_waiting(it->second);
    _entries.erase(it);
    return true;
}

void NeighbourCache::clear()
{
    for (auto &e : _entries)
        drop_waiting(e.second);
    _entries.clear();
}
