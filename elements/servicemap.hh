// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_SERVICEMAP_HH
#define MIMI_SERVICEMAP_HH
#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>
#include "flowaddress.hh"

// What a protocol, address and port belong to. Ports are given as ranges; those of one address and protocol do not overlap.
//
// Addresses in network order, ports in host order, as ranges need it.

namespace mimi {

// An address and a number: a port, or a protocol.
template <class A> struct EndpointOf {
    A addr;
    uint16_t number;

    bool operator==(const EndpointOf &o) const { return number == o.number && addr == o.addr; }
};

// Of addresses that are configured, so that nobody can make them collide.
struct EndpointHash {
    size_t operator()(const EndpointOf<uint32_t> &e) const { return size_t(mix(e.number, e.addr)); }
    size_t operator()(const EndpointOf<Address6> &e) const
    {
        uint64_t h = e.number;
        for (uint32_t word : e.addr.word)
            h = mix(h, word);
        return size_t(h);
    }

  private:
    static uint64_t mix(uint64_t h, uint32_t word)
    {
        h = (h ^ word) * 0x9e3779b97f4a7c15u;
        return h ^ (h >> 32);
    }
};

template <class A> class ServiceMapOf {
  public:
    static const uint16_t none = 0xffff;

    uint16_t find(uint8_t proto, const A &addr, uint16_t port) const
    {
        const auto at = _ranges.find(name(proto, addr));
        if (at == _ranges.end())
            return none;
        const auto after = std::upper_bound(at->second.begin(), at->second.end(), port, before);
        return after == at->second.begin() || (after - 1)->last < port ? uint16_t(none) : (after - 1)->value;
    }
    bool has_address(uint8_t proto, const A &addr) const { return _ranges.count(name(proto, addr)) != 0; }

    // A range that overlaps with one that is there: nothing is changed, and the other's value returned; `none` when it was added.
    uint16_t add(uint8_t proto, const A &addr, uint16_t first, uint16_t last, uint16_t value)
    {
        std::vector<Range> &all = _ranges[name(proto, addr)];
        const auto after = std::upper_bound(all.begin(), all.end(), last, before);
        if (after != all.begin() && (after - 1)->last >= first)
            return (after - 1)->value;
        all.insert(after, Range{first, last, value});
        return none;
    }
    // The same, where only membership matters: ranges that overlap become one.
    void join(uint8_t proto, const A &addr, uint16_t first, uint16_t last)
    {
        std::vector<Range> &all = _ranges[name(proto, addr)];
        for (size_t i = 0; i < all.size();) {
            if (all[i].first > last || all[i].last < first) {
                ++i;
                continue;
            }
            first = std::min(first, all[i].first);
            last = std::max(last, all[i].last);
            all.erase(all.begin() + long(i));
        }
        add(proto, addr, first, last, 0);
    }

  private:
    struct Range {
        uint16_t first, last, value;
    };
    std::unordered_map<EndpointOf<A>, std::vector<Range>, EndpointHash> _ranges;  // by first port

    static EndpointOf<A> name(uint8_t proto, const A &addr) { return EndpointOf<A>{addr, proto}; }
    static bool before(uint16_t port, const Range &r) { return port < r.first; }
};
typedef ServiceMapOf<uint32_t> ServiceMap;
typedef ServiceMapOf<Address6> ServiceMap6;

}  // namespace mimi
#endif
