// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "arpanswers.hh"
#include <cstring>
#include <new>

ArpAnswers::Verdict ArpAnswers::find(IPAddress address, const Timestamp &now, const Timestamp &poll, EtherAddress &ether) const
{
    Number number = _index.peek(fingerprint(address));
    if (!number)
        return none;
    const Answer &answer = at(number);
    int64_t next_query = answer.next_query.load(std::memory_order_acquire);
    int64_t age = now.nsecval() - answer.confirmed.load(std::memory_order_acquire);
    uint64_t bytes = answer.ether.load(std::memory_order_relaxed);
    memcpy(ether.data(), &bytes, 6);
    int64_t timeout = _timeout.load(std::memory_order_relaxed);
    bool old = (timeout && age >= timeout) || (poll && age >= poll.nsecval() && now.nsecval() >= next_query);
    return old ? ask : serves;
}

ArpAnswers::Number ArpAnswers::fresh_number()
{
    if (_free.empty())
        _retired.collect([this](Number number) { _free.push_back(number); });
    if (!_free.empty()) {
        Number number = _free.back();
        _free.pop_back();
        return number;
    }
    unsigned chunk = chunk_of(_made + 1);
    if (!_chunks[chunk])
        _chunks[chunk].reset(new (std::nothrow) Answer[size_t{1} << chunk]);
    return _chunks[chunk] ? ++_made : 0;
}

void ArpAnswers::change(Number number, const EtherAddress &ether, const Timestamp &confirmed, const Timestamp &next_query)
{
    uint64_t bytes = 0;
    memcpy(&bytes, ether.data(), 6);
    Answer &answer = at(number);
    answer.ether.store(bytes, std::memory_order_relaxed);
    answer.confirmed.store(confirmed.nsecval(), std::memory_order_release);
    answer.next_query.store(next_query.nsecval(), std::memory_order_release);
}

// Everybody can find it as soon as it is in the index: it is complete before.
ArpAnswers::Number ArpAnswers::add(IPAddress address, const EtherAddress &ether, const Timestamp &confirmed, const Timestamp &next_query)
{
    Number number = fresh_number();
    if (!number)
        return 0;
    change(number, ether, confirmed, next_query);
    if (_index.insert(fingerprint(address), number))
        return number;
    _free.push_back(number);
    return 0;
}

void ArpAnswers::remove(IPAddress address, Number number)
{
    _index.erase(fingerprint(address), number);
    _retired.push(number);
}
