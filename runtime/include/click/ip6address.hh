// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IP6ADDRESS_HH
#define CLICK_IP6ADDRESS_HH
#include <click/glue.hh>
#include <click/ipaddress.hh>
#include <clicknet/ip6.h>

class EtherAddress;

// An IPv6 address (RFC 4291).
class IP6Address {
  public:
    typedef bool (IP6Address::*unspecified_bool_type)() const;

    IP6Address() { memset(&_addr, 0, sizeof _addr); }
    explicit IP6Address(const unsigned char *data) { memcpy(&_addr, data, 16); }
    // "::1.2.3.4" after RFC 4291, section 2.5.5.1.
    explicit IP6Address(IPAddress ip);
    // `::` if it is not an address.
    explicit IP6Address(const String &text);
    IP6Address(const struct in6_addr &addr) : _addr(addr) {}

    static IP6Address make_prefix(int length);
    static IP6Address make_inverted_prefix(int length);

    operator unspecified_bool_type() const { return *this == IP6Address() ? nullptr : &IP6Address::is_multicast; }
    bool is_multicast() const { return _addr.s6_addr[0] == 0xFF; }
    bool is_link_local() const { return _addr.s6_addr[0] == 0xFE && (_addr.s6_addr[1] & 0xC0) == 0x80; }

    const struct in6_addr &in6_addr() const { return _addr; }
    struct in6_addr &in6_addr() { return _addr; }
    operator const struct in6_addr &() const { return _addr; }
    operator struct in6_addr &() { return _addr; }
    unsigned char *data() { return _addr.s6_addr; }
    const unsigned char *data() const { return _addr.s6_addr; }
    uint16_t *data16() { return _addr.s6_addr16; }
    const uint16_t *data16() const { return _addr.s6_addr16; }
    uint32_t *data32() { return _addr.s6_addr32; }
    const uint32_t *data32() const { return _addr.s6_addr32; }
    hashcode_t hashcode() const
    {
        const uint32_t *w = data32();
        return ((hashcode_t{w[0]} * 31 + w[1]) * 31 + w[2]) * 31 + w[3];
    }

    int mask_to_prefix_len() const;
    bool matches_prefix(const IP6Address &address, const IP6Address &mask) const
    {
        return (*this & mask) == (address & mask);
    }
    bool mask_as_specific(const IP6Address &mask) const { return (*this & mask) == mask; }
    bool mask_more_specific(const IP6Address &mask) const { return mask_as_specific(mask) && *this != mask; }
    // The IPv4 address inside, if this is an IPv4-compatible or mapped address.
    bool ip4_address(IPAddress &result) const;
    bool has_ether_address(EtherAddress &result) const { return ether_address(result); }
    bool ether_address(EtherAddress &result) const;

    IP6Address &operator&=(const IP6Address &o);
    IP6Address &operator|=(const IP6Address &o);
    friend IP6Address operator&(IP6Address a, const IP6Address &b) { return a &= b; }
    friend IP6Address operator|(IP6Address a, const IP6Address &b) { return a |= b; }
    friend bool operator==(const IP6Address &a, const IP6Address &b) { return memcmp(&a._addr, &b._addr, 16) == 0; }
    friend bool operator!=(const IP6Address &a, const IP6Address &b) { return !(a == b); }

    // After RFC 5952.
    String unparse() const;
    String unparse_expanded() const;
    String s() const { return unparse(); }
    operator String() const { return unparse(); }

  private:
    struct in6_addr _addr;
};

StringAccum &operator<<(StringAccum &sa, const IP6Address &address);

class IP6AddressArg {
  public:
    typedef void enable_direct_parse;
    static bool parse(const String &text, IP6Address &result, const ArgContext &args = blank_args);
    static bool parse(const String &text, struct in6_addr &result, const ArgContext &args = blank_args);
    static bool parse(const String &text, unsigned char *result, const ArgContext &args = blank_args);
};

class IP6PrefixArg {
  public:
    explicit IP6PrefixArg(bool allow_bare_address = false) : _allow_bare(allow_bare_address) {}
    bool parse(const String &text, IP6Address &address, int &length, const ArgContext &args = blank_args) const;
    bool parse(const String &text, IP6Address &address, IP6Address &mask, const ArgContext &args = blank_args) const;

  private:
    bool _allow_bare;
};

template <> struct DefaultArg<IP6Address> : public IP6AddressArg {};

#endif
