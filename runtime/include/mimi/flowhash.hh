// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FLOWHASH_HH
#define MIMI_FLOWHASH_HH
#include <cstdint>
#include <random>

// A keyed hash of a flow's 13 bytes, and a little more: someone who chooses addresses and ports cannot choose slots.
//
// Not a cryptographic hash. It need not be: its values are never shown, only the addresses and ports are chosen by others,
// and 256 secret bits stand between the two. C++11, nothing of Click.

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
        const uint64_t mixed = fold_multiply(a ^ _secret[0], b ^ _secret[1]);
        const uint64_t whole = fold_multiply(mixed ^ _secret[2], a ^ _secret[3]);
        return uint32_t(whole ^ (whole >> 32));
    }

  private:
    uint64_t _secret[4];

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
