// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_CHECKSUMDELTA_HH
#define MIMI_CHECKSUMDELTA_HH
#include <cstdint>
#include <cstring>

// Checksums that follow a change of some words (RFC 1624, equation 3), instead of being computed anew: a packet that
// arrived damaged leaves damaged, and the cost does not depend on its length.
//
// A *change* is a one's complement sum of differences, 32 bits wide so that a few dozen can be added before folding. Words
// are taken as they lie in memory: the sum does not depend on byte order. Three kinds of checksum follow a change:
//
//   update_sum       IP, TCP, ICMP: the complement of the sum
//   update_udp_sum   UDP: 0 means that there is none and stays; a sum that becomes 0 is sent as its twin 0xffff (RFC 768)
//   update_partial   what a host leaves to its network card (virtio, segmentation offload): the sum of the pseudo-header
//                    alone, not inverted. An address changes it, a port does not.
//
// C++11, nothing of Click; bytes may lie anywhere.

namespace mimi {

inline uint16_t load16(const unsigned char *p)
{
    uint16_t v;
    memcpy(&v, p, 2);
    return v;
}

inline uint32_t load32(const unsigned char *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}

inline void store16(unsigned char *p, uint16_t v)
{
    memcpy(p, &v, 2);
}

inline void store32(unsigned char *p, uint32_t v)
{
    memcpy(p, &v, 4);
}

inline uint16_t fold(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    return uint16_t((sum & 0xffff) + (sum >> 16));
}

// -old + new
inline uint32_t change16(uint16_t from, uint16_t to)
{
    return uint32_t(uint16_t(~from)) + to;
}

inline uint32_t change32(uint32_t from, uint32_t to)
{
    return change16(uint16_t(from), uint16_t(to)) + change16(uint16_t(from >> 16), uint16_t(to >> 16));
}

inline void update_sum(unsigned char *sum, uint32_t change)
{
    store16(sum, uint16_t(~fold(uint32_t(uint16_t(~load16(sum))) + change)));
}

inline void update_udp_sum(unsigned char *sum, uint32_t change)
{
    if (!load16(sum))
        return;
    update_sum(sum, change);
    if (!load16(sum))
        store16(sum, 0xffff);
}

inline void update_partial(unsigned char *sum, uint32_t change_of_addresses)
{
    store16(sum, fold(load16(sum) + change_of_addresses));
}

inline uint32_t sum_words(const unsigned char *p, unsigned bytes)
{
    uint32_t sum = 0;
    for (; bytes > 1; bytes -= 2, p += 2)
        sum += load16(p);
    return sum;
}

}  // namespace mimi
#endif
