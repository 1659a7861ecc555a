// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_PREFIXMAP_HH
#define MIMI_PREFIXMAP_HH
#include <arpa/inet.h>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

// IPv6 prefixes, and the checksum-neutral translation between two of them (RFC 6296, section 3). Pure functions on bytes.

namespace mimi {

struct Prefix6 {
    uint8_t address[16];
    int length;  // bits

    // `2001:db8::/32`; false when it is none, or bits are set beyond its length.
    static bool parse(const std::string &text, Prefix6 &prefix)
    {
        const size_t slash = text.find('/');
        if (slash == std::string::npos || slash + 1 == text.size())
            return false;
        char *end = nullptr;
        const long length = strtol(text.c_str() + slash + 1, &end, 10);
        if (*end || length < 0 || length > 128 || inet_pton(AF_INET6, text.substr(0, slash).c_str(), prefix.address) != 1)
            return false;
        prefix.length = int(length);
        for (int bit = prefix.length; bit < 128; ++bit)
            if (prefix.address[bit / 8] & (0x80 >> bit % 8))
                return false;
        return true;
    }
    bool holds(const uint8_t *a) const
    {
        const int whole = length / 8, rest = length % 8;
        return memcmp(a, address, size_t(whole)) == 0 && (!rest || ((a[whole] ^ address[whole]) >> (8 - rest)) == 0);
    }
    // Gives an address these first bits.
    void put_into(uint8_t *a) const
    {
        const int whole = length / 8, rest = length % 8;
        memcpy(a, address, size_t(whole));
        if (rest) {
            const uint8_t mask = uint8_t(0xff << (8 - rest));
            a[whole] = uint8_t((a[whole] & ~mask) | (address[whole] & mask));
        }
    }
    // The ones' complement sum of its words.
    uint16_t sum() const
    {
        uint32_t total = 0;
        for (int i = 0; i != 16; i += 2)
            total += uint32_t(address[i]) << 8 | address[i + 1];
        total = (total & 0xffff) + (total >> 16);
        return uint16_t((total & 0xffff) + (total >> 16));
    }
};

class PrefixMap {
  public:
    // no_place: the address cannot be translated without changing checksums (sections 3.4 and 3.5).
    enum Result { done, foreign, no_place };

    // Both are used with the longer one's length, the shorter continued by zeros (section 3.1).
    PrefixMap(Prefix6 internal, Prefix6 external) : _internal(internal), _external(external)
    {
        _internal.length = _external.length = internal.length > external.length ? internal.length : external.length;
        _adjust = minus(_internal.sum(), _external.sum());
    }

    Result to_external(uint8_t *address) const { return translate(address, _internal, _external, _adjust); }
    Result to_internal(uint8_t *address) const { return translate(address, _external, _internal, uint16_t(~_adjust)); }
    bool is_internal(const uint8_t *address) const { return _internal.holds(address); }
    bool is_external(const uint8_t *address) const { return _external.holds(address); }

  private:
    Prefix6 _internal, _external;
    uint16_t _adjust;

    static uint16_t plus(uint16_t a, uint16_t b)
    {
        const uint32_t total = uint32_t(a) + b;
        return uint16_t((total & 0xffff) + (total >> 16));
    }
    static uint16_t minus(uint16_t a, uint16_t b) { return plus(a, uint16_t(~b)); }
    static uint16_t word(const uint8_t *address, int i) { return uint16_t(address[2 * i] << 8 | address[2 * i + 1]); }

    // The word that takes the difference up: of the subnet while that is free, else of the interface identifier. -1: none can.
    int place(const uint8_t *address) const
    {
        if (_internal.length <= 48)
            return word(address, 3) == 0xffff ? -1 : 3;
        static const uint8_t no_host[8] = {0, 0, 0, 0, 0, 0, 0, 0};
        if (memcmp(address + 8, no_host, 8) == 0)
            return -1;
        for (int i = 4; i != 8; ++i)
            if (word(address, i) != 0xffff)
                return i;
        return -1;
    }
    Result translate(uint8_t *address, const Prefix6 &from, const Prefix6 &to, uint16_t adjust) const
    {
        if (!from.holds(address))
            return foreign;
        const int i = place(address);
        if (i < 0)
            return no_place;
        uint16_t value = plus(word(address, i), adjust);
        if (value == 0xffff)
            value = 0;
        to.put_into(address);
        address[2 * i] = uint8_t(value >> 8);
        address[2 * i + 1] = uint8_t(value);
        return done;
    }
};

}  // namespace mimi
#endif
