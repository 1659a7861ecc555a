// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "neighbourcache.hh"

namespace {

bool is_older(const Timestamp &when, const Timestamp &now, uint32_t seconds)
{
    return now - when >= Timestamp(Timestamp::seconds_type(seconds));
}

}  // namespace

void NeighbourCache::set_limits(const Limits &limits)
{
    _limits = limits;
    _answers.set_timeout(Timestamp(Timestamp::seconds_type(limits.timeout_s)));
}

NeighbourCache::Entry &NeighbourCache::obtain(const IP6Address &address)
{
    const auto it = _entries.find(address);
    if (it != _entries.end())
        return it->second;
    while (_sought.size() >= _limits.sought || _entries.size() >= _limits.entries)
        erase(_entries.find(_sought.empty() ? _found.front() : _sought.front()));
    Entry &e = _entries[address];
    e.place = _sought.insert(_sought.end(), address);
    return e;
}

NeighbourCache::Entry *NeighbourCache::known(const IP6Address &address)
{
    const auto it = _entries.find(address);
    return it != _entries.end() && it->second.known ? &it->second : nullptr;
}

// It serves no more, and is to be asked for.
void NeighbourCache::doubt(const IP6Address &address, Entry &entry)
{
    entry.known = false;
    withdraw(address, entry);
    _sought.splice(_sought.end(), _found, entry.place);
}

// Makes what is known of the entry known to all. Without memory they have to come and ask the cache.
void NeighbourCache::publish(const IP6Address &address, Entry &entry)
{
    const Timestamp next = entry.questions ? entry.asked + Timestamp(1, 0) : Timestamp();
    if (entry.answer)
        _answers.change(entry.answer, entry.ether, entry.heard, next);
    else
        entry.answer = _answers.add(address, entry.ether, entry.heard, next);
}

void NeighbourCache::withdraw(const IP6Address &address, Entry &entry)
{
    if (entry.answer)
        _answers.remove(address, entry.answer);
    entry.answer = 0;
}

bool NeighbourCache::find(const IP6Address &address, const Timestamp &now, EtherAddress &ether, bool &ask)
{
    Entry &e = obtain(address);
    if (e.known && _limits.timeout_s != 0 && is_older(e.heard, now, _limits.timeout_s))
        doubt(address, e);
    if (e.known && e.questions >= most_questions && is_older(e.asked, now, 1)) {
        doubt(address, e);  // it does not answer where it was: everybody is asked
        e.questions = 0;
    }
    const bool due = !e.known || (_limits.poll_s != 0 && is_older(e.heard, now, _limits.poll_s));
    ask = due && (e.questions == 0 || is_older(e.asked, now, 1));
    if (ask) {
        e.asked = now;
        ++e.questions;
        if (e.known)
            publish(address, e);
    }
    ether = e.ether;
    return e.known;
}

void NeighbourCache::drop_waiting(Entry &entry)
{
    for (Packet *p : entry.waiting)
        p->kill();
    _lost += entry.waiting.size();
    _held -= uint32_t(entry.waiting.size());
    entry.waiting.clear();
}

void NeighbourCache::hold(const IP6Address &address, Packet *packet)
{
    Entry &e = obtain(address);
    if (_held >= _limits.packets || e.waiting.size() >= _limits.packets_of_one) {
        packet->kill();
        ++_lost;
        return;
    }
    e.waiting.push_back(packet);
    ++_held;
}

// Null: what was said does not count.
NeighbourCache::Entry *NeighbourCache::note(const IP6Address &address, const News &news, const Timestamp &now)
{
    if (!news.creates && _entries.find(address) == _entries.end())
        return nullptr;
    Entry &e = obtain(address);
    if (e.known ? !news.overrides && e.ether != news.ether : !news.resolves)
        return nullptr;
    _found.splice(_found.end(), e.known ? _found : _sought, e.place);
    e.ether = news.ether;
    e.known = true;
    e.questions = 0;
    e.heard = now;
    return &e;
}

void NeighbourCache::tick(const Timestamp &now, std::vector<IP6Address> &again)
{
    for (auto it = _entries.begin(); it != _entries.end();) {
        Entry &e = it->second;
        const bool late = e.questions >= most_questions && is_older(e.asked, now, 1);
        const bool old = e.known && _limits.timeout_s != 0 && is_older(e.heard, now, _limits.timeout_s);
        if ((!e.known && late) || (old && e.waiting.empty())) {
            it = erase(it);
            continue;
        }
        if (!e.known && e.questions != 0 && is_older(e.asked, now, 1)) {
            e.asked = now;
            ++e.questions;
            again.push_back(it->first);
        }
        ++it;
    }
}

NeighbourCache::Map::iterator NeighbourCache::erase(Map::iterator it)
{
    Entry &e = it->second;
    drop_waiting(e);
    withdraw(it->first, e);
    (e.known ? _found : _sought).erase(e.place);
    return _entries.erase(it);
}

bool NeighbourCache::erase(const IP6Address &address)
{
    const auto it = _entries.find(address);
    if (it == _entries.end())
        return false;
    erase(it);
    return true;
}

void NeighbourCache::clear()
{
    while (!_entries.empty())
        erase(_entries.begin());
}
