// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/base/addressnames.hh"
#include <click/args.hh>
#include <click/etheraddress.hh>
#include <click/nameinfo.hh>
#include <click/straccum.hh>

static void append(StringAccum &sa, const EtherAddress &address, char separator)
{
    static const char digits[] = "0123456789ABCDEF";
    char *s = sa.extend(17);
    for (int i = 0; i < 6; ++i) {
        const unsigned char x = address.data()[i];
        if (i)
            *s++ = separator;
        *s++ = digits[x >> 4];
        *s++ = digits[x & 15];
    }
}

static String unparse_with(const EtherAddress &address, char separator)
{
    StringAccum sa(17);
    append(sa, address, separator);
    return sa.take_string();
}

String EtherAddress::unparse_dash() const
{
    return unparse_with(*this, '-');
}

String EtherAddress::unparse_colon() const
{
    return unparse_with(*this, ':');
}

StringAccum &operator<<(StringAccum &sa, const EtherAddress &address)
{
    append(sa, address, '-');
    return sa;
}

// ---- parsing

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// A leading zero of a pair may be missing. The separator is the same everywhere.
static bool parse_bytes(const String &text, unsigned char *result)
{
    const char *s = text.begin(), *end = text.end();
    char separator = 0;
    for (int i = 0; i < 6; ++i) {
        if (i) {
            if (s == end || (*s != ':' && *s != '-') || (separator && *s != separator))
                return false;
            separator = *s++;
        }
        int x = s < end ? hex_digit(*s) : -1;
        if (x < 0)
            return false;
        if (++s < end && hex_digit(*s) >= 0)
            x = x * 16 + hex_digit(*s++);
        result[i] = static_cast<unsigned char>(x);
    }
    return s == end;
}

bool EtherAddressArg::parse(const String &text, unsigned char *result, const ArgContext &args)
{
    EtherAddress address;
    if (!parse_bytes(text, address.data())
        && !base::address_by_name(NameInfo::T_ETHERNET_ADDR, args.context(), text, ":eth", address.data(), 6)
        && !base::device_address(text, address))
        return false;
    memcpy(result, address.data(), 6);
    return true;
}

bool EtherAddressArg::parse(const String &text, EtherAddress &result, const ArgContext &args)
{
    return parse(text, result.data(), args);
}
