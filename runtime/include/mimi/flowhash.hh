// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FLOWHASH_HH
#define MIMI_FLOWHASH_HH
#include <cstdint>
#include <random>

// A keyed hash of a flow's 13 bytes (37 for IPv6), and a little more: someone who chooses addresses and ports cannot choose slots.
//
// Not a cryptographic hash. It need not be: its values are never shown, only the addresses and ports are chosen by others,
// and at least 256 secret bits stand between the two. C++11, nothing of Click.

namespace mimi {

class FlowHash {
  public:
    FlowHash()
    {
        std::random_device entropy;
        for (uint64_t &s : _secret)
            s = (uint64_t(entropy()) << 32) | entropy();
    }

    // Any byte order, as long as it is always the same. `kind` tells apart what must not meet: directions, tables.
    uint32_t operator()(uint32_t saddr, uint32_t daddr, uint16_t sport, uint16_t dport, uint8_t proto, uint8_t kind) const
    {
        const uint64_t a = (uint64_t(saddr) << 32) | daddr;
        const uint64_t b = (uint64_t(sport) << 32) | (uint64_t(dport) << 16) | (uint64_t(proto) << 8) | kind;
        return finish(fold_multiply(a ^ _secret[0], b ^ _secret[1]), a);
    }

    // Addresses of four words each.
    uint32_t operator()(const uint32_t (&saddr)[4], const uint32_t (&daddr)[4], uint16_t sport, uint16_t dport, uint8_t proto, uint8_t kind) const
    {
        const uint64_t s0 = join(saddr[0], saddr[1]), s1 = join(saddr[2], saddr[3]);
        const uint64_t d0 = join(daddr[0], daddr[1]), d1 = join(daddr[2], daddr[3]);
        const uint64_t source = fold_multiply(s0 ^ _secret[4], s1 ^ _secret[5]);
        const uint64_t destination = fold_multiply(d0 ^ _secret[6], d1 ^ _secret[7]);
        const uint64_t b = join(uint32_t(sport) << 16 | dport, uint32_t(proto) << 8 | kind);
        return finish(fold_multiply(source ^ _secret[0], destination ^ _secret[1]) ^ b, source ^ b);
    }

  private:
    uint64_t _secret[8];

    static uint64_t join(uint32_t high, uint32_t low) { return (uint64_t(high) << 32) | low; }
    uint32_t finish(uint64_t mixed, uint64_t a) const
    {
        const uint64_t whole = fold_multiply(mixed ^ _secret[2], a ^ _secret[3]);
        return uint32_t(whole ^ (whole >> 32));
    }

    // Both halves of the 128-bit product folded together: every bit of the result depends on every bit of both.
    static uint64_t fold_multiply(uint64_t a, uint64_t b)
    {
#ifdef __SIZEOF_INT128__
        __extension__ typedef unsigned __int128 wide;
        const wide product = wide(a) * b;
        return uint64_t(product) ^ uint64_t(product >> 64);
#else
        const uint64_t al = uint32_t(a), ah = a >> 32, bl = uint32_t(b), bh = b >> 32;
        const uint64_t mid = ah * bl + ((al * bl) >> 32);
        const uint64_t mid2 = al * bh + uint32_t(mid);
        const uint64_t high = ah * bh + (mid >> 32) + (mid2 >> 32);
        return (a * b) ^ high;
#endif
    }
};

}  // namespace mimi
#endif
