// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "linkanswers.hh"
#include <cstring>
#include <new>

template <typename A>
typename LinkAnswers<A>::Verdict LinkAnswers<A>::find(const A &address, const Timestamp &now, const Timestamp &poll, EtherAddress &ether) const
{
    Number number = _index.find(LinkAddress<A>::fingerprint(address), [&](Number n) { return at(n).address.is(address); });
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

template <typename A> typename LinkAnswers<A>::Number LinkAnswers<A>::fresh_number()
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

template <typename A>
void LinkAnswers<A>::change(Number number, const EtherAddress &ether, const Timestamp &confirmed, const Timestamp &next_query)
{
    uint64_t bytes = 0;
    memcpy(&bytes, ether.data(), 6);
    Answer &answer = at(number);
    answer.ether.store(bytes, std::memory_order_relaxed);
    answer.confirmed.store(confirmed.nsecval(), std::memory_order_release);
    answer.next_query.store(next_query.nsecval(), std::memory_order_release);
}

// Everybody can find it as soon as it is in the index: it is complete before.
template <typename A>
typename LinkAnswers<A>::Number LinkAnswers<A>::add(const A &address, const EtherAddress &ether, const Timestamp &confirmed, const Timestamp &next_query)
{
    Number number = fresh_number();
    if (!number)
        return 0;
    at(number).address.set(address);
    change(number, ether, confirmed, next_query);
    if (_index.insert(LinkAddress<A>::fingerprint(address), number))
        return number;
    _free.push_back(number);
    return 0;
}

template <typename A> void LinkAnswers<A>::remove(const A &address, Number number)
{
    _index.erase(LinkAddress<A>::fingerprint(address), number);
    _retired.push(number);
}

template class LinkAnswers<IPAddress>;
template class LinkAnswers<IP6Address>;
