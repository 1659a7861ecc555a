// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/base/addressnames.hh"
#include <click/args.hh>
#include <click/etheraddress.hh>
#include <click/ip6address.hh>
#include <click/nameinfo.hh>
#include <click/straccum.hh>
#include <arpa/inet.h>
#include <bit>

static bool parse_numeric(const String &text, struct in6_addr &result)
{
    // inet_pton() would stop at a NUL.
    return text.find_left('\0') < 0 && inet_pton(AF_INET6, text.c_str(), &result) == 1;
}

IP6Address::IP6Address(IPAddress ip) : IP6Address()
{
    data32()[3] = ip.addr();
}

IP6Address::IP6Address(const String &text) : IP6Address()
{
    struct in6_addr parsed;
    if (parse_numeric(text, parsed))
        _addr = parsed;
}

IP6Address IP6Address::make_prefix(int length)
{
    assert(length >= 0 && length <= 128);
    IP6Address result;
    for (int i = 0; i < 4; ++i, length -= 32)
        if (length > 0)
            result.data32()[i] = htonl(length >= 32 ? 0xFFFFFFFFU : 0xFFFFFFFFU << (32 - length));
    return result;
}

IP6Address IP6Address::make_inverted_prefix(int length)
{
    IP6Address result = make_prefix(length);
    for (int i = 0; i < 4; ++i)
        result.data32()[i] = ~result.data32()[i];
    return result;
}

int IP6Address::mask_to_prefix_len() const
{
    int length = 0;
    for (int i = 0; i < 4 && length == i * 32; ++i)
        length += std::countl_one(ntohl(data32()[i]));
    return make_prefix(length) == *this ? length : -1;
}

bool IP6Address::ip4_address(IPAddress &result) const
{
    const uint32_t *w = data32();
    const bool mapped = w[2] == htonl(0xFFFF);
    // `::` and `::1` have this form, too, but are something else (RFC 4291, sections 2.5.2 and 2.5.3).
    const bool compatible = w[2] == 0 && ntohl(w[3]) > 1;
    if (w[0] || w[1] || !(mapped || compatible))
        return false;
    result = IPAddress(w[3]);
    return true;
}

// The interface identifier is a modified EUI-64 (RFC 4291, appendix A).
bool IP6Address::ether_address(EtherAddress &result) const
{
    const unsigned char *p = data();
    if (p[11] != 0xFF || p[12] != 0xFE)
        return false;
    const unsigned char bytes[6] = {static_cast<unsigned char>(p[8] ^ 2), p[9], p[10], p[13], p[14], p[15]};
    result = EtherAddress(bytes);
    return true;
}

IP6Address &IP6Address::operator&=(const IP6Address &o)
{
    for (int i = 0; i < 4; ++i)
        data32()[i] &= o.data32()[i];
    return *this;
}

IP6Address &IP6Address::operator|=(const IP6Address &o)
{
    for (int i = 0; i < 4; ++i)
        data32()[i] |= o.data32()[i];
    return *this;
}

String IP6Address::unparse() const
{
    char buffer[INET6_ADDRSTRLEN];
    return inet_ntop(AF_INET6, &_addr, buffer, sizeof buffer);
}

String IP6Address::unparse_expanded() const
{
    StringAccum sa(40);
    for (int i = 0; i < 8; ++i) {
        if (i)
            sa << ':';
        sa.append_numeric(static_cast<uintmax_t>(ntohs(data16()[i])), 16, false);
    }
    return sa.take_string();
}

StringAccum &operator<<(StringAccum &sa, const IP6Address &address)
{
    return sa << address.unparse();
}

// ---- parsing

bool IP6AddressArg::parse(const String &text, struct in6_addr &result, const ArgContext &args)
{
    struct in6_addr address;
    if (!parse_numeric(text, address)
        && !base::address_by_name(NameInfo::T_IP6_ADDR, args.context(), text, ":ip6", &address, sizeof address))
        return false;
    result = address;
    return true;
}

bool IP6AddressArg::parse(const String &text, IP6Address &result, const ArgContext &args)
{
    return parse(text, result.in6_addr(), args);
}

bool IP6PrefixArg::parse(const String &text, IP6Address &address, int &length, const ArgContext &args) const
{
    const int slash = text.find_right('/');
    IP6Address a, mask;
    int n = 128;
    if (slash < 0 && !_allow_bare)
        return false;
    if (!IP6AddressArg::parse(slash < 0 ? text : text.substring(0, slash), a, args))
        return false;
    if (slash >= 0) {
        const String tail = text.substring(slash + 1);
        if (!IntArg(10).parse(tail, n))
            n = IP6AddressArg::parse(tail, mask, args) ? mask.mask_to_prefix_len() : -1;
        if (n < 0 || n > 128)
            return false;
    }
    address = a;
    length = n;
    return true;
}

bool IP6PrefixArg::parse(const String &text, IP6Address &address, IP6Address &mask, const ArgContext &args) const
{
    int length;
    if (!parse(text, address, length, args))
        return false;
    mask = IP6Address::make_prefix(length);
    return true;
}
