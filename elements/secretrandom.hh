// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_SECRETRANDOM_HH
#define MIMI_SECRETRANDOM_HH
#include <cstdint>
#include <random>

// Numbers that nobody can guess who has seen others: ports given out must not tell of those to come (RFC 6056). SipHash-2-4 of a
// counter under a secret key; one call makes 64 bits, in some ten nanoseconds. For one thread at a time.

namespace mimi {

class SecretRandom {
  public:
    SecretRandom() : _count(0)
    {
        std::random_device entropy;
        for (uint64_t &k : _key)
            k = (uint64_t(entropy()) << 32) | entropy();
    }

    uint64_t operator()()
    {
        const uint64_t message = ++_count, length = uint64_t(8) << 56;
        uint64_t v[4] = {_key[0] ^ 0x736f6d6570736575u, _key[1] ^ 0x646f72616e646f6du, _key[0] ^ 0x6c7967656e657261u,
                         _key[1] ^ 0x7465646279746573u};
        v[3] ^= message;
        rounds(v, 2);
        v[0] ^= message;
        v[3] ^= length;
        rounds(v, 2);
        v[0] ^= length;
        v[2] ^= 0xff;
        rounds(v, 4);
        return v[0] ^ v[1] ^ v[2] ^ v[3];
    }

    // 0 … n - 1, each as likely as any other but for one part in 2^32 / n.
    uint32_t below(uint32_t n) { return uint32_t((((*this)() >> 32) * n) >> 32); }

  private:
    uint64_t _key[2];
    uint64_t _count;

    static uint64_t turn(uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }
    static void rounds(uint64_t (&v)[4], int n)
    {
        while (n--) {
            v[0] += v[1], v[2] += v[3];
            v[1] = turn(v[1], 13) ^ v[0], v[3] = turn(v[3], 16) ^ v[2];
            v[0] = turn(v[0], 32);
            v[2] += v[1], v[0] += v[3];
            v[1] = turn(v[1], 17) ^ v[2], v[3] = turn(v[3], 21) ^ v[0];
            v[2] = turn(v[2], 32);
        }
    }
};

}  // namespace mimi
#endif
