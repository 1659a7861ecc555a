// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_KERNELHASH_HH
#define MIMI_KERNELHASH_HH
#include <cstddef>
#include <cstdint>
#include <cstring>
#include "flowbinding.hh"

// The hash by which a Linux primary places flows: nftables' `jhash EXPRESSION mod N seed S`. It is Bob Jenkins' lookup3 over the
// expression's words as packets carry them, and the upper half of hash * N instead of a remainder.

namespace mimi {

class KernelHash {
  public:
    explicit KernelHash(uint32_t seed) : _seed(seed) {}

    // `jhash ip saddr`, or `ip6 saddr`.
    template <class A> uint32_t source(const FlowKeyOf<A> &key) const
    {
        enum { n = sizeof(A) / 4 };
        uint32_t words[n];
        memcpy(words, &key.tuple.saddr, sizeof(A));
        return (*this)(words, n);
    }
    // `jhash ip saddr . ip daddr . th sport . th dport`, or `ip6 saddr . ip6 daddr . th sport . th dport`.
    template <class A> uint32_t flow(const FlowKeyOf<A> &key) const
    {
        enum { n = sizeof(A) / 4 };
        uint32_t words[2 * n + 2];
        memcpy(words, &key.tuple.saddr, sizeof(A));
        memcpy(words + n, &key.tuple.daddr, sizeof(A));
        words[2 * n] = port_word(key.tuple.sport);
        words[2 * n + 1] = port_word(key.tuple.dport);
        return (*this)(words, 2 * n + 2);
    }
    // Words as they lie in the packet: addresses, four words each for IPv6, and ports each in a word of its own.
    uint32_t operator()(const uint32_t *words, size_t n) const
    {
        uint32_t a = 0xdeadbeef + uint32_t(4 * n) + _seed, b = a, c = a;
        for (; n > 3; n -= 3, words += 3) {
            a += words[0];
            b += words[1];
            c += words[2];
            mix(a, b, c);
        }
        if (n == 0)
            return c;
        a += words[0];
        b += n > 1 ? words[1] : 0;
        c += n > 2 ? words[2] : 0;
        finish(a, b, c);
        return c;
    }
    static uint32_t scale(uint32_t hash, uint32_t n) { return uint32_t((uint64_t(hash) * n) >> 32); }
    // A port, network order, in a word that is zero behind it.
    static uint32_t port_word(uint16_t port)
    {
        uint32_t word = 0;
        memcpy(&word, &port, sizeof(port));
        return word;
    }

  private:
    uint32_t _seed;

    static uint32_t turn(uint32_t v, int by) { return (v << by) | (v >> (32 - by)); }
    static void mix(uint32_t &a, uint32_t &b, uint32_t &c)
    {
        step(a, b, c, 4);
        step(b, c, a, 6);
        step(c, a, b, 8);
        step(a, b, c, 16);
        step(b, c, a, 19);
        step(c, a, b, 4);
    }
    static void step(uint32_t &x, uint32_t &y, uint32_t &z, int by)
    {
        x = (x - z) ^ turn(z, by);
        z += y;
    }
    static void finish(uint32_t &a, uint32_t &b, uint32_t &c)
    {
        fold(c, b, 14);
        fold(a, c, 11);
        fold(b, a, 25);
        fold(c, b, 16);
        fold(a, c, 4);
        fold(b, a, 14);
        fold(c, b, 24);
    }
    static void fold(uint32_t &x, uint32_t y, int by) { x = (x ^ y) - turn(y, by); }
};

}  // namespace mimi
#endif
