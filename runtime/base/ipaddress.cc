// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/base/addressnames.hh"
#include <click/args.hh>
#include <click/ipaddress.hh>
#include <click/nameinfo.hh>
#include <click/straccum.hh>
#include <bit>

IPAddress::IPAddress(const String &text) : _addr(0)
{
    int nbytes;
    unsigned char bytes[4];
    if (IPAddressArg::basic_parse(text.begin(), text.end(), bytes, nbytes) == text.end() && nbytes == 4)
        memcpy(&_addr, bytes, 4);
}

IPAddress IPAddress::make_prefix(int length)
{
    assert(length >= 0 && length <= 32);
    return IPAddress(length ? htonl(0xFFFFFFFFU << (32 - length)) : 0U);
}

int IPAddress::mask_to_prefix_len() const
{
    const uint32_t mask = ntohl(_addr);
    const int length = std::countl_one(mask);
    return length + std::countr_zero(mask) >= 32 ? length : -1;
}

String IPAddress::unparse() const
{
    StringAccum sa;
    sa << *this;
    return sa.take_string();
}

String IPAddress::unparse_mask() const
{
    const int length = mask_to_prefix_len();
    return length >= 0 ? String(length) : unparse();
}

String IPAddress::unparse_with_mask(IPAddress mask) const
{
    return unparse() + "/" + mask.unparse_mask();
}

StringAccum &operator<<(StringAccum &sa, IPAddress a)
{
    const unsigned char *p = a.data();
    char *s = sa.reserve(15);
    for (int i = 0; i < 4; ++i) {
        const int x = p[i];
        if (i)
            *s++ = '.';
        if (x >= 100)
            *s++ = static_cast<char>('0' + x / 100);
        if (x >= 10)
            *s++ = static_cast<char>('0' + x / 10 % 10);
        *s++ = static_cast<char>('0' + x % 10);
    }
    sa.adjust_length(static_cast<int>(s - sa.end()));
    return sa;
}

// ---- parsing

// Stops behind the last byte that is well-formed, so a dot that nothing follows is left.
const char *IPAddressArg::basic_parse(const char *begin, const char *end, unsigned char *value, int &nbytes)
{
    const char *parsed = begin, *s = begin;
    memset(value, 0, 4);
    for (nbytes = 0; nbytes < 4; ++s) {
        int x = 0;
        const char *digits = s;
        for (; s < end && s - digits < 4 && *s >= '0' && *s <= '9'; ++s)
            x = x * 10 + (*s - '0');
        if (s == digits || s - digits > 3 || x > 255)
            break;
        value[nbytes++] = static_cast<unsigned char>(x);
        parsed = s;
        if (s == end || *s != '.')
            break;
    }
    return parsed;
}

namespace {

// How AddressInfo keeps a network.
struct NamedPrefix {
    uint32_t address;
    uint32_t mask;
};

bool prefix_by_name(const String &text, const char *suffix, const ArgContext &args, NamedPrefix &result)
{
    return base::address_by_name(NameInfo::T_IP_PREFIX, args.context(), text, suffix, &result, sizeof result);
}

// "net:bcast" is the last address of a named network, "net:gw" the first.
bool derived_address(const String &text, const ArgContext &args, IPAddress &result)
{
    String name = text;
    NamedPrefix prefix;
    if (base::strip_suffix(name, ":bcast")) {
        if (!prefix_by_name(name, ":ipnet", args, prefix))
            return false;
        result = IPAddress(prefix.address | ~prefix.mask);
        return true;
    }
    if (!base::strip_suffix(name, ":gw") || !prefix_by_name(name, ":ipnet", args, prefix))
        return false;
    result = IPAddress(prefix.address | htonl(1));
    return true;
}

}  // namespace

bool IPAddressArg::parse(const String &text, IPAddress &result, const ArgContext &args)
{
    unsigned char bytes[4];
    int nbytes;
    uint32_t named;
    const bool numeric = basic_parse(text.begin(), text.end(), bytes, nbytes) == text.end() && nbytes == 4;
    if (numeric)
        result = IPAddress(bytes);
    else if (base::address_by_name(NameInfo::T_IP_ADDR, args.context(), text, ":ip", &named, sizeof named))
        result = IPAddress(named);
    else
        return derived_address(text, args, result) || base::device_address(text, result);
    return true;
}

bool IPAddressArg::parse(const String &text, struct in_addr &result, const ArgContext &args)
{
    IPAddress address;
    if (!parse(text, address, args))
        return false;
    result = address.in_addr();
    return true;
}

bool IPAddressArg::parse(const String &text, Vector<IPAddress> &result, const ArgContext &args)
{
    Vector<String> words;
    Vector<IPAddress> addresses;
    cp_spacevec(text, words);
    for (const String &word : words) {
        IPAddress address;
        if (!parse(word, address, args))
            return false;
        addresses.push_back(address);
    }
    result.swap(addresses);
    return true;
}

static bool parse_mask(const String &text, const ArgContext &args, IPAddress &mask)
{
    int length;
    if (IntArg(10).parse(text, length)) {
        if (length < 0 || length > 32)
            return false;
        mask = IPAddress::make_prefix(length);
        return true;
    }
    return IPAddressArg::parse(text, mask, args);
}

bool IPPrefixArg::parse(const String &text, IPAddress &address, IPAddress &mask, const ArgContext &args) const
{
    NamedPrefix named;
    const int slash = text.find_right('/');
    if (slash >= 0) {
        // Missing bytes at the end are 0: 10/8.
        const String front = text.substring(0, slash);
        unsigned char bytes[4];
        int nbytes;
        IPAddress a, m;
        if (IPAddressArg::basic_parse(front.begin(), front.end(), bytes, nbytes) == front.end() && nbytes > 0)
            a = IPAddress(bytes);
        else if (!IPAddressArg::parse(front, a, args))
            return false;
        if (!parse_mask(text.substring(slash + 1), args, m))
            return false;
        address = a;
        mask = m;
        return true;
    }
    // Where a lone address will do, the name of a host with its network means the host.
    uint32_t host;
    const bool is_host = _allow_bare && base::address_by_name(NameInfo::T_IP_ADDR, args.context(), text, ":ip", &host, sizeof host);
    if (!is_host && prefix_by_name(text, ":ipnet", args, named)) {
        address = IPAddress(named.address);
        mask = IPAddress(named.mask);
        return true;
    }
    if (!_allow_bare || !IPAddressArg::parse(text, address, args))
        return false;
    mask = IPAddress::make_broadcast();
    return true;
}

bool IPPrefixArg::parse(const String &text, struct in_addr &address, struct in_addr &mask, const ArgContext &args) const
{
    IPAddress a, m;
    if (!parse(text, a, m, args))
        return false;
    address = a.in_addr();
    mask = m.in_addr();
    return true;
}

bool IPPortArg::parse(const String &text, uint16_t &result, const ArgContext &args) const
{
    uint32_t port;
    if (!NameInfo::query_int(NameInfo::T_IP_PORT + static_cast<uint32_t>(_ip_p), args.context(), text, &port) || port > 0xFFFF)
        return false;
    result = static_cast<uint16_t>(port);
    return true;
}
