// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_CHOICEHASH_HH
#define MIMI_CHOICEHASH_HH
#include <cstdint>
#include <initializer_list>
#include <arpa/inet.h>
#include "flowbinding.hh"

// The keyed hash by which flows find backends. Two balancers with the same seed and the same backends choose alike, so the
// function is written down: numbers in host order are taken in one after the other,
//
//   h = seed;  for each 64-bit number w: h = mix(h ^ w)
//   mix(z): z += 0x9e3779b97f4a7c15; z = (z ^ z>>30) * 0xbf58476d1ce4e5b9; z = (z ^ z>>27) * 0x94d049bb133111eb; z ^ z>>31
//
// (all modulo 2^64; the finisher of SplitMix64). A source is its address; a flow is saddr<<32 | daddr, then
// sport<<32 | dport<<16 | proto; a backend is addr<<16 | port, the port 0 if it keeps the client's. An IPv6 address is two
// numbers, the upper half and the lower: two are a source, and two and two stand in the place of saddr<<32 | daddr; a backend is
// the hash, with seed 0, of its two and its port.
// A seed that nobody knows keeps clients from aiming at a backend.

namespace mimi {

class ChoiceHash {
  public:
    explicit ChoiceHash(uint64_t seed) : _seed(seed) {}

    uint64_t seed() const { return _seed; }

    static uint64_t mix(uint64_t z)
    {
        z += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    uint64_t operator()(std::initializer_list<uint64_t> words) const
    {
        uint64_t h = _seed;
        for (uint64_t w : words)
            h = mix(h ^ w);
        return h;
    }
    uint64_t source(const FlowKey &key) const { return (*this)({ntohl(key.tuple.saddr)}); }
    uint64_t source(const FlowKey6 &key) const { return (*this)({half(key.tuple.saddr, 0), half(key.tuple.saddr, 1)}); }
    uint64_t flow(const FlowKey &key) const
    {
        const FlowTuple &t = key.tuple;
        return (*this)({(uint64_t(ntohl(t.saddr)) << 32) | ntohl(t.daddr), ports(key)});
    }
    uint64_t flow(const FlowKey6 &key) const
    {
        const FlowTuple6 &t = key.tuple;
        return (*this)({half(t.saddr, 0), half(t.saddr, 1), half(t.daddr, 0), half(t.daddr, 1), ports(key)});
    }
    // What stands for a backend. `addr` and `port` in network order.
    static uint64_t identity(uint32_t addr, uint16_t port) { return (uint64_t(ntohl(addr)) << 16) | ntohs(port); }
    static uint64_t identity(const Address6 &addr, uint16_t port)
    {
        return ChoiceHash(0)({half(addr, 0), half(addr, 1), ntohs(port)});
    }

  private:
    uint64_t _seed;

    static uint64_t half(const Address6 &a, int i) { return (uint64_t(ntohl(a.word[2 * i])) << 32) | ntohl(a.word[2 * i + 1]); }
    template <class A> static uint64_t ports(const FlowKeyOf<A> &key)
    {
        return (uint64_t(ntohs(key.tuple.sport)) << 32) | (uint64_t(ntohs(key.tuple.dport)) << 16) | key.proto;
    }
};

}  // namespace mimi
#endif
