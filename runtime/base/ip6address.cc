// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/args.hh>
#include <click/etheraddress.hh>
#include <click/ip6address.hh>
#include <click/nameinfo.hh>
#include <click/straccum.hh>

IP6Address::IP6Address(IPAddress ip) : IP6Address()
{
    memcpy(data() + 12, ip.data(), 4);
}

IP6Address::IP6Address(const String &text) : IP6Address()
{
    IP6AddressArg::parse(text, *this);
}

IP6Address IP6Address::make_prefix(int length)
{
    IP6Address mask;
    for (int i = 0; i < 16; ++i, length -= 8)
        mask.data()[i] = length >= 8 ? 0xFF : length > 0 ? static_cast<unsigned char>(0xFF00 >> length) : 0;
    return mask;
}

IP6Address IP6Address::make_inverted_prefix(int length)
{
    IP6Address mask = make_prefix(length);
    for (int i = 0; i < 16; ++i)
        mask.data()[i] = static_cast<unsigned char>(~mask.data()[i]);
    return mask;
}

int IP6Address::mask_to_prefix_len() const
{
    int length = 0;
    while (length < 128 && data()[length / 8] >> (7 - length % 8) & 1)
        ++length;
    return make_prefix(length) == *this ? length : -1;
}

bool IP6Address::ip4_address(IPAddress &result) const
{
    const uint32_t *w = data32();
    if (w[0] || w[1] || (w[2] && w[2] != htonl(0xFFFF)))
        return false;
    result = IPAddress(w[3]);
    return true;
}

// An interface identifier made from an Ethernet address (RFC 4291, appendix A).
bool IP6Address::ether_address(EtherAddress &result) const
{
    const unsigned char *p = data() + 8;
    if (p[3] != 0xFF || p[4] != 0xFE)
        return false;
    const unsigned char bytes[6] = {static_cast<unsigned char>(p[0] ^ 2), p[1], p[2], p[5], p[6], p[7]};
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
    char text[INET6_ADDRSTRLEN];
    return String(inet_ntop(AF_INET6, &_addr, text, sizeof text));
}

String IP6Address::unparse_expanded() const
{
    StringAccum sa;
    for (int i = 0; i < 8; ++i)
        sa.snprintf(6, i ? ":%x" : "%x", ntohs(data16()[i]));
    return sa.take_string();
}

StringAccum &operator<<(StringAccum &sa, const IP6Address &address)
{
    return sa << address.unparse();
}

bool IP6AddressArg::parse(const String &text, IP6Address &result, const ArgContext &args)
{
    const String word = cp_unquote(text);
    struct in6_addr address;
    if (inet_pton(AF_INET6, word.c_str(), &address) == 1) {
        result = IP6Address(address);
        return true;
    }
    String name = word.ends_with(":ip6") ? word.substring(0, word.length() - 4) : word;
    if (!name || !NameInfo::query(NameInfo::T_IP6_ADDR, args.context(), name, &address, sizeof address))
        return false;
    result = IP6Address(address);
    return true;
}

bool IP6AddressArg::parse(const String &text, struct in6_addr &result, const ArgContext &args)
{
    IP6Address address;
    if (!parse(text, address, args))
        return false;
    result = address.in6_addr();
    return true;
}

bool IP6AddressArg::parse(const String &text, unsigned char *result, const ArgContext &args)
{
    IP6Address address;
    if (!parse(text, address, args))
        return false;
    memcpy(result, address.data(), 16);
    return true;
}

bool IP6PrefixArg::parse(const String &text, IP6Address &address, int &length, const ArgContext &args) const
{
    const String word = cp_unquote(text);
    const int slash = word.find_right('/');
    IP6Address found, mask;
    int found_length = 128;
    if (!IP6AddressArg::parse(slash < 0 ? word : word.substring(0, slash), found, args) || (slash < 0 && !_allow_bare))
        return false;
    if (slash >= 0) {
        const String back = word.substring(slash + 1);
        if (!IntArg(10).parse(back, found_length)
            && (!IP6AddressArg::parse(back, mask, args) || (found_length = mask.mask_to_prefix_len()) < 0))
            return false;
        if (found_length < 0 || found_length > 128)
            return false;
    }
    address = found;
    length = found_length;
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

bool cp_ip6_address(const String &text, IP6Address *result, const Element *context)
{
    return IP6AddressArg::parse(text, *result, ArgContext(context));
}

bool cp_ip6_address(const String &text, unsigned char *result, const Element *context)
{
    return IP6AddressArg::parse(text, result, ArgContext(context));
}

bool cp_ip6_prefix(const String &text, IP6Address *address, int *length, bool allow_bare, const Element *context)
{
    return IP6PrefixArg(allow_bare).parse(text, *address, *length, ArgContext(context));
}
