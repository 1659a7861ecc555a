// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_SOURCEWALK_HH
#define MIMI_SOURCEWALK_HH
#include <algorithm>
#include <cstdint>
#include <vector>
#include <arpa/inet.h>
#include "choicehash.hh"
#include "vipspec.hh"

// Addresses and ports to send from, one after the other, until one is free.
//
// First the client's own port, from an address that depends on the client alone; then some by chance, so that nobody can guess the
// next (RFC 6056); then some in a row. A small pool is searched whole. Of a large one so much is tried that it is as good as
// full when none is found: if 19 of 20 are in use, that happens twice in a million times.

namespace mimi {

template <class A> class SourceWalkOf {
  public:
    enum : uint32_t { by_chance = 64, in_a_row = 256 };

    // `client`: a hash of its address; `port` its port, network order. There is at least one range.
    SourceWalkOf(const std::vector<SourceRangeOf<A>> &ranges, uint64_t client, uint16_t port, uint64_t random)
        : _ranges(ranges), _random(random)
    {
        for (const SourceRangeOf<A> &r : ranges)
            _size += ends(r);
        _at = client % _size;
        locate();
        const SourceRangeOf<A> &r = *_range;
        const uint16_t own = ntohs(port);
        if (own >= r.first_port && own <= r.last_port)
            _port = own;
        else
            next();
    }

    A addr() const { return behind(_range->first, _number); }
    uint16_t port() const { return htons(_port); }

    // False: nothing is left to try.
    bool next()
    {
        if (_tried >= by_chance + std::min<uint64_t>(in_a_row, _size))
            return false;
        _at = _tried < by_chance ? ChoiceHash::mix(_random + _tried) % _size : (_at + 1) % _size;
        ++_tried;
        locate();
        return true;
    }

  private:
    const std::vector<SourceRangeOf<A>> &_ranges;
    const SourceRangeOf<A> *_range = nullptr;
    uint64_t _random;
    uint64_t _size = 0;
    uint64_t _at = 0;
    uint32_t _tried = 0;
    uint32_t _number = 0;  // of the address in its range
    uint16_t _port = 0;

    static uint64_t ports(const SourceRangeOf<A> &r) { return uint64_t(r.last_port) - r.first_port + 1; }
    static uint64_t ends(const SourceRangeOf<A> &r) { return (uint64_t(r.more) + 1) * ports(r); }
    static uint32_t behind(uint32_t first, uint32_t n) { return htonl(ntohl(first) + n); }
    static Address6 behind(Address6 a, uint32_t n)
    {
        uint64_t carry = n;
        for (int i = 3; i >= 0 && carry != 0; --i) {
            carry += ntohl(a.word[i]);
            a.word[i] = htonl(uint32_t(carry));
            carry >>= 32;
        }
        return a;
    }
    void locate()
    {
        uint64_t at = _at;
        size_t i = 0;
        for (; at >= ends(_ranges[i]); ++i)
            at -= ends(_ranges[i]);
        _range = &_ranges[i];
        _number = uint32_t(at / ports(*_range));
        _port = uint16_t(_range->first_port + at % ports(*_range));
    }
};
typedef SourceWalkOf<uint32_t> SourceWalk;
typedef SourceWalkOf<Address6> SourceWalk6;

}  // namespace mimi
#endif
