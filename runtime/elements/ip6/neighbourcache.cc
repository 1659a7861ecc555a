// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "neighbourcache.hh"
#include <algorithm>

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

Timestamp NeighbourCache::next_question(const Entry &entry)
{
    if (entry.questions == 0)
        return Timestamp();
    const int doubled = entry.known ? wait_ms : first_wait_ms << std::min(entry.questions - 1, 10);
    return entry.asked + Timestamp::make_msec(std::min<int>(doubled, wait_ms));
}

// It serves no more, and is to be asked for.
void NeighbourCache::doubt(const IP6Address &address, Entry &entry)
{
    entry.known = false;
    entry.questions = 0;
    withdraw(address, entry);
    _sought.splice(_sought.end(), _found, entry.place);
}

// Makes what is known of the entry known to all. Without memory they have to come and ask the cache.
void NeighbourCache::publish(const IP6Address &address, Entry &entry)
{
    if (entry.answer)
        _answers.change(entry.answer, entry.ether, entry.heard, next_question(entry));
    else
        entry.answer = _answers.add(address, entry.ether, entry.heard, next_question(entry));
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
    if (e.known && e.questions >= most_polls && now >= next_question(e))
        doubt(address, e);  // it does not answer where it was: everybody is asked
    const bool due = !e.known || (_limits.poll_s != 0 && is_older(e.heard, now, _limits.poll_s));
    ask = due && now >= next_question(e);
    if (ask) {
        if (!e.known && e.questions == 0)
            e.sought = now;
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
    const bool room = news.creates == News::always || (news.creates == News::if_room && _entries.size() < _limits.entries);
    if (!room && _entries.find(address) == _entries.end())
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
    for (auto at = _sought.begin(); at != _sought.end();) {
        const auto it = _entries.find(*at++);
        Entry &e = it->second;
        if (e.questions == 0)
            continue;
        if (is_older(e.sought, now, patience_s)) {
            erase(it);
        } else if (now >= next_question(e)) {
            e.asked = now;
            ++e.questions;
            again.push_back(it->first);
        }
    }
    while (!_found.empty() && _limits.timeout_s != 0) {
        const auto oldest = _entries.find(_found.front());
        if (!is_older(oldest->second.heard, now, _limits.timeout_s))
            break;
        erase(oldest);
    }
}

Timestamp NeighbourCache::next_tick(const Timestamp &now) const
{
    Timestamp next;
    if (!_found.empty() && _limits.timeout_s != 0)
        next = now + Timestamp::make_msec(wait_ms);
    for (const IP6Address &address : _sought) {
        const Entry &e = _entries.find(address)->second;
        const Timestamp end = std::min(next_question(e), e.sought + Timestamp(patience_s, 0));
        if (e.questions != 0 && (!next || end < next))
            next = end;
    }
    return next;
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
