// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "arpcache.hh"
#include <click/packet.hh>
#include <algorithm>
#include <utility>

void ArpCache::set_limits(const Limits &limits)
{
    _limits = limits;
    _answers->set_timeout(limits.timeout);
}

ArpCache::Entry *ArpCache::obtain(IPAddress address, const Timestamp &now)
{
    if (Entry *entry = find(address))
        return entry;
    if (_limits.entries && _map.size() >= _limits.entries) {
        auto oldest = _map.find(_sought.empty() ? _known.front() : _sought.front());
        _lost.backlog += kill_waiting(oldest->second);
        erase(oldest);
    }
    Entry &entry = _map[address.addr()];
    entry.confirmed = now;
    entry.age = _sought.insert(_sought.end(), address.addr());
    return &entry;
}

// Makes room for one more. A good part at once: a flood must not cost a walk for each packet. The packets of old entries are the likeliest to be in
// vain.
void ArpCache::slim()
{
    unsigned part = _limits.slim_factor ? _limits.packets / _limits.slim_factor : 0;
    unsigned goal = _limits.packets - std::clamp(part + 1, 1U, _limits.packets);
    for (auto at = _sought.begin(); at != _sought.end() && _waiting > goal; ++at) {
        Entry &entry = _map[*at];
        while (!entry.waiting.empty() && _waiting > goal) {
            entry.waiting.front()->kill();
            entry.waiting.pop_front();
            --_waiting;
            ++_lost.backlog;
        }
    }
}

void ArpCache::wait(Entry &entry, Packet *packet, const Timestamp &now)
{
    if (_limits.packets && _waiting >= _limits.packets)
        slim();
    if (_limits.packets_per_entry && entry.waiting.size() >= _limits.packets_per_entry) {
        // The newest packet is the likeliest to be of use still.
        entry.waiting.front()->kill();
        entry.waiting.pop_front();
        --_waiting;
        ++_lost.backlog;
    }
    if (entry.waiting.empty())
        entry.unresolved = now;
    entry.waiting.push_back(packet);
    ++_waiting;
}

std::vector<Packet *> ArpCache::note(IPAddress address, const EtherAddress &ether, const Timestamp &now)
{
    Entry *entry = obtain(address, now);
    _known.splice(_known.end(), entry->known ? _known : _sought, entry->age);
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

// Makes what is known of the entry known to all. Without memory they have to come and ask the cache.
void ArpCache::publish(Entry &entry)
{
    if (!entry.known)
        return;
    if (entry.answer)
        _answers->change(entry.answer, entry.ether, entry.confirmed, entry.next_query);
    else
        entry.answer = _answers->add(IPAddress(*entry.age), entry.ether, entry.confirmed, entry.next_query);
}

void ArpCache::withdraw(Entry &entry)
{
    if (entry.answer)
        _answers->remove(IPAddress(*entry.age), entry.answer);
    entry.answer = 0;
}

// It serves no more.
void ArpCache::doubt(Entry &entry, const Timestamp &since)
{
    entry.known = false;
    withdraw(entry);
    entry.unresolved = since;
    _sought.splice(_sought.end(), _known, entry.age);
}

bool ArpCache::may_query(Entry &entry, const Timestamp &now)
{
    if (now < entry.next_query)
        return false;
    entry.next_query = now + Timestamp::make_msec(++entry.queries < 10 ? 100 : 2000);
    publish(entry);
    return true;
}

unsigned ArpCache::kill_waiting(Entry &entry)
{
    unsigned killed = entry.waiting.size();
    for (Packet *packet : entry.waiting)
        packet->kill();
    _waiting -= killed;
    entry.waiting.clear();
    return killed;
}

// When the entry's present state ends.
Timestamp ArpCache::end_of(const Entry &entry) const
{
    if (entry.known)
        return _limits.timeout ? entry.confirmed + _limits.timeout : Timestamp();
    return (entry.waiting.empty() ? std::max(entry.unresolved, entry.next_query) : entry.unresolved) + Timestamp(patience_s, 0);
}

void ArpCache::expire(const Timestamp &now)
{
    for (auto it = _map.begin(); it != _map.end();) {
        auto at = it++;
        Entry &entry = at->second;
        Timestamp end = end_of(entry);
        if (!end || now < end)
            continue;
        if (entry.known) {
            doubt(entry, end);
            end = end_of(entry);
        }
        if (now < end)
            continue;
        if (!entry.waiting.empty()) {
            _lost.unresolved += kill_waiting(entry);
        } else {
            erase(at);
        }
    }
}

bool ArpCache::known(Entry &entry, const Timestamp &now)
{
    if (entry.known && _limits.timeout && now >= entry.confirmed + _limits.timeout)
        doubt(entry, now);
    return entry.known;
}

Timestamp ArpCache::next_expiry() const
{
    Timestamp next;
    for (const auto &[address, entry] : _map)
        if (Timestamp end = end_of(entry); end && (!next || end < next))
            next = end;
    return next;
}

void ArpCache::erase(Map::iterator it)
{
    kill_waiting(it->second);
    withdraw(it->second);
    (it->second.known ? _known : _sought).erase(it->second.age);
    _map.erase(it);
}

bool ArpCache::erase(IPAddress address)
{
    auto it = _map.find(address.addr());
    if (it == _map.end())
        return false;
    erase(it);
    return true;
}

void ArpCache::add_watch(ArpWatch *watch)
{
    if (std::find(_watches.begin(), _watches.end(), watch) == _watches.end())
        _watches.push_back(watch);
}

// An entry that never was known has the broadcast address.
void ArpCache::tell_left(const EtherAddress &ether) const
{
    if (!ether.is_broadcast())
        for (ArpWatch *watch : _watches)
            watch->address_left(ether);
}

void ArpCache::forget(IPAddress address)
{
    if (const Entry *entry = find(address)) {
        const EtherAddress ether = entry->ether;
        erase(address);
        tell_left(ether);
    }
}

void ArpCache::forget_all()
{
    std::vector<EtherAddress> left;
    for (const auto &[address, entry] : _map)
        left.push_back(entry.ether);
    clear();
    for (const EtherAddress &ether : left)
        tell_left(ether);
}

void ArpCache::clear()
{
    while (!_map.empty())
        erase(_map.begin());
}

void ArpCache::take(ArpCache &other)
{
    clear();
    _map.swap(other._map);
    _known.swap(other._known);
    _sought.swap(other._sought);
    std::swap(_waiting, other._waiting);
    _answers.swap(other._answers);
    _answers->set_timeout(_limits.timeout);
    other._answers->set_timeout(other._limits.timeout);
}
