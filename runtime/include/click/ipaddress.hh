// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPADDRESS_HH
#define CLICK_IPADDRESS_HH
#include <click/glue.hh>
#include <click/hashcode.hh>
#include <click/string.hh>
#include <concepts>
#include <netinet/in.h>

class ArgContext;
class StringAccum;
extern const ArgContext blank_args;
template <typename T> struct DefaultArg;
template <typename T> class Vector;

// An IPv4 address; as a number it is in network order.
class IPAddress {
  public:
    typedef uint32_t addr_t;
    typedef struct uninitialized {
    } uninitialized_t;

    constexpr IPAddress() : _addr(0) {}
    explicit IPAddress(const unsigned char *data) { memcpy(&_addr, data, 4); }
    constexpr IPAddress(unsigned addr) : _addr(addr) {}
    explicit constexpr IPAddress(int addr) : _addr(static_cast<uint32_t>(addr)) {}
    explicit constexpr IPAddress(long addr) : _addr(static_cast<uint32_t>(addr)) {}
    explicit constexpr IPAddress(unsigned long addr) : _addr(static_cast<uint32_t>(addr)) {}
    constexpr IPAddress(struct in_addr addr) : _addr(addr.s_addr) {}
    // Text "1.2.3.4"; 0.0.0.0 if it is not an address.
    explicit IPAddress(const String &text);
    IPAddress(const uninitialized_t &) {}

    static IPAddress make_prefix(int length);
    static IPAddress make_broadcast() { return IPAddress(0xFFFFFFFFU); }

    bool empty() const { return _addr == 0; }
    bool is_multicast() const { return (_addr & htonl(0xF0000000U)) == htonl(0xE0000000U); }
    bool is_link_local() const { return (_addr & htonl(0xFFFF0000U)) == htonl(0xA9FE0000U); }

    uint32_t addr() const { return _addr; }
    operator uint32_t() const { return _addr; }
    struct in_addr in_addr() const
    {
        struct in_addr a;
        a.s_addr = _addr;
        return a;
    }
    operator struct in_addr() const { return in_addr(); }
    uint32_t s_addr() const { return _addr; }
    unsigned char *data() { return reinterpret_cast<unsigned char *>(&_addr); }
    const unsigned char *data() const { return reinterpret_cast<const unsigned char *>(&_addr); }
    hashcode_t hashcode() const { return _addr; }

    // For a mask: how many leading ones; -1 if there are ones behind a zero.
    int mask_to_prefix_len() const;
    bool matches_prefix(IPAddress address, IPAddress mask) const { return ((_addr ^ address._addr) & mask._addr) == 0; }
    bool mask_as_specific(IPAddress mask) const { return (_addr & mask._addr) == mask._addr; }
    bool mask_more_specific(IPAddress mask) const { return (_addr & mask._addr) == mask._addr && _addr != mask._addr; }

    IPAddress &operator&=(IPAddress o) { return _addr &= o._addr, *this; }
    IPAddress &operator|=(IPAddress o) { return _addr |= o._addr, *this; }
    IPAddress &operator^=(IPAddress o) { return _addr ^= o._addr, *this; }

    String unparse() const;
    // As a mask: "16" for a prefix of that length, else "255.0.255.0".
    String unparse_mask() const;
    // "10.0.0.0/8".
    String unparse_with_mask(IPAddress mask) const;
    String s() const { return unparse(); }
    operator String() const { return unparse(); }

  private:
    uint32_t _addr;
};

inline bool operator==(IPAddress a, IPAddress b)
{
    return a.addr() == b.addr();
}
inline bool operator!=(IPAddress a, IPAddress b)
{
    return a.addr() != b.addr();
}
inline IPAddress operator&(IPAddress a, IPAddress b)
{
    return IPAddress(a.addr() & b.addr());
}
inline IPAddress operator|(IPAddress a, IPAddress b)
{
    return IPAddress(a.addr() | b.addr());
}
inline IPAddress operator^(IPAddress a, IPAddress b)
{
    return IPAddress(a.addr() ^ b.addr());
}
inline IPAddress operator~(IPAddress a)
{
    return IPAddress(~a.addr());
}
// Exact matches for mixed operands, where the conversions both ways would be ambiguous.
template <std::integral T>
inline bool operator==(IPAddress a, T b)
{
    return a.addr() == static_cast<uint32_t>(b);
}
template <std::integral T>
inline bool operator!=(IPAddress a, T b)
{
    return a.addr() != static_cast<uint32_t>(b);
}
template <std::integral T>
inline IPAddress operator&(IPAddress a, T b)
{
    return IPAddress(a.addr() & static_cast<uint32_t>(b));
}
template <std::integral T>
inline IPAddress operator&(T a, IPAddress b)
{
    return b & a;
}
template <std::integral T>
inline IPAddress operator|(IPAddress a, T b)
{
    return IPAddress(a.addr() | static_cast<uint32_t>(b));
}
template <std::integral T>
inline IPAddress operator|(T a, IPAddress b)
{
    return b | a;
}

StringAccum &operator<<(StringAccum &sa, IPAddress a);

// ---- argument parsers

class IPAddressArg {
  public:
    typedef void enable_direct_parse;
    static const char *basic_parse(const char *begin, const char *end, unsigned char *value, int &nbytes);
    static bool parse(const String &text, IPAddress &result, const ArgContext &args = blank_args);
    static bool parse(const String &text, struct in_addr &result, const ArgContext &args = blank_args);
    static bool parse(const String &text, Vector<IPAddress> &result, const ArgContext &args = blank_args);
};

// "10.0.0.0/8", "10/8", "10.0.0.0/255.0.0.0"; a bare address too if allowed.
class IPPrefixArg {
  public:
    explicit IPPrefixArg(bool allow_bare_address = false) : _allow_bare(allow_bare_address) {}
    bool parse(const String &text, IPAddress &address, IPAddress &mask, const ArgContext &args = blank_args) const;
    bool parse(const String &text, struct in_addr &address, struct in_addr &mask, const ArgContext &args = blank_args) const;

  private:
    bool _allow_bare;
};

template <> struct DefaultArg<IPAddress> : public IPAddressArg {};
template <> struct DefaultArg<struct in_addr> : public IPAddressArg {};
template <> struct DefaultArg<Vector<IPAddress>> : public IPAddressArg {};

// A port number or name of transport protocol `ip_p`.
class IPPortArg {
  public:
    explicit IPPortArg(int ip_p) : _ip_p(ip_p) {}
    bool parse(const String &text, uint16_t &result, const ArgContext &args = blank_args) const;

  private:
    int _ip_p;
};

#endif
