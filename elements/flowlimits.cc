// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "flowlimits.hh"
#include "addresstext.hh"
#include <algorithm>

namespace mimi {

template <> std::string FlowLimitsOf<uint32_t>::source_text(uint64_t source)
{
    return address_text(htonl(uint32_t(source)));
}

template <> std::string FlowLimitsOf<Address6>::source_text(uint64_t source)
{
    return address_text(Address6{{htonl(uint32_t(source >> 32)), htonl(uint32_t(source)), 0, 0}}) + "/64";
}

template <class A> void FlowLimitsOf<A>::flow_entered(BindingRecordOf<A> &record)
{
    if (_per_source != 0)
        ++_sources[source_of(record.orig.saddr)];
    if (_half_open_most != 0 && record.proto == proto_tcp && record.state() == FlowState::fresh)
        open(static_cast<Record &>(record));
}

template <class A> void FlowLimitsOf<A>::flow_left(const BindingRecordOf<A> &record)
{
    if (_per_source != 0) {
        const std::unordered_map<uint64_t, uint32_t>::iterator it = _sources.find(source_of(record.orig.saddr));
        if (it != _sources.end() && --it->second == 0)
            _sources.erase(it);
    }
    // The record is leaving: what is written to it concerns nobody else.
    close(const_cast<Record &>(static_cast<const Record &>(record)));
}

template <class A> void FlowLimitsOf<A>::open(Record &r)
{
    if (!r.half_open.exchange(true, std::memory_order_relaxed))
        _half_open.fetch_add(1, std::memory_order_relaxed);
    if (_places.size() - _first >= 2 * size_t(_half_open_most) + 64 || _first > _places.size() / 2 + 64)
        tidy();
    _places.push_back(Place{&r, r.seq.load(std::memory_order_relaxed)});
}

// Most of the places are of flows that were confirmed, or left: amortised, this costs nothing.
template <class A> void FlowLimitsOf<A>::tidy()
{
    std::vector<Place> waiting;
    for (size_t i = _first; i != _places.size(); ++i)
        if (is_waiting(_places[i]))
            waiting.push_back(_places[i]);
    _places.swap(waiting);
    _first = 0;
}

template <class A> FirewallRecordOf<A> *FlowLimitsOf<A>::in_the_way()
{
    while (_first != _places.size()) {
        const Place p = _places[_first++];
        if (is_waiting(p))
            return p.record;
    }
    return nullptr;
}

template <class A> std::string FlowLimitsOf<A>::sources_text() const
{
    typedef std::pair<uint64_t, uint32_t> Source;
    std::vector<Source> all(_sources.begin(), _sources.end());
    std::sort(all.begin(), all.end(), [](const Source &a, const Source &b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    std::string text;
    for (const Source &s : all)
        text += source_text(s.first) + " " + std::to_string(s.second) + "\n";
    return text;
}

template class FlowLimitsOf<uint32_t>;
template class FlowLimitsOf<Address6>;

}  // namespace mimi

ELEMENT_PROVIDES(FlowLimits)
ELEMENT_REQUIRES(FlowBinding)
