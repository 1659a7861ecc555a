// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "flowlimits.hh"
#include <algorithm>
#include <arpa/inet.h>

namespace mimi {

void FlowLimits::flow_entered(BindingRecord &record)
{
    if (_per_source != 0)
        ++_sources[record.orig.saddr];
    if (_half_open_most != 0 && record.proto == proto_tcp && record.state() == FlowState::fresh)
        open(static_cast<FirewallRecord &>(record));
}

void FlowLimits::flow_left(const BindingRecord &record)
{
    if (_per_source != 0) {
        const std::unordered_map<uint32_t, uint32_t>::iterator it = _sources.find(record.orig.saddr);
        if (it != _sources.end() && --it->second == 0)
            _sources.erase(it);
    }
    // The record is leaving: what is written to it concerns nobody else.
    close(const_cast<FirewallRecord &>(static_cast<const FirewallRecord &>(record)));
}

void FlowLimits::open(FirewallRecord &r)
{
    if (!r.half_open.exchange(true, std::memory_order_relaxed))
        _half_open.fetch_add(1, std::memory_order_relaxed);
    if (_places.size() - _first >= 2 * size_t(_half_open_most) + 64 || _first > _places.size() / 2 + 64)
        tidy();
    _places.push_back(Place{&r, r.seq.load(std::memory_order_relaxed)});
}

// Most of the places are of flows that were confirmed, or left: amortised, this costs nothing.
void FlowLimits::tidy()
{
    std::vector<Place> waiting;
    for (size_t i = _first; i != _places.size(); ++i)
        if (is_waiting(_places[i]))
            waiting.push_back(_places[i]);
    _places.swap(waiting);
    _first = 0;
}

FirewallRecord *FlowLimits::in_the_way()
{
    while (_first != _places.size()) {
        const Place p = _places[_first++];
        if (is_waiting(p))
            return p.record;
    }
    return nullptr;
}

std::string FlowLimits::sources_text() const
{
    typedef std::pair<uint32_t, uint32_t> Source;
    std::vector<Source> all(_sources.begin(), _sources.end());
    std::sort(all.begin(), all.end(), [](const Source &a, const Source &b) {
        return a.second != b.second ? a.second > b.second : ntohl(a.first) < ntohl(b.first);
    });
    std::string text;
    for (const Source &s : all) {
        const std::string endpoint = endpoint_text(s.first, 0);
        text += endpoint.substr(0, endpoint.find(':')) + " " + std::to_string(s.second) + "\n";
    }
    return text;
}

}  // namespace mimi

ELEMENT_PROVIDES(FlowLimits)
ELEMENT_REQUIRES(FlowBinding)
