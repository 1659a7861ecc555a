// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "addresstext.hh"
#include <arpa/inet.h>

namespace mimi {

namespace {

// What `::` stands for; first is -1 for none.
struct ZeroRun {
    int first;
    int length;
};

ZeroRun longest_zeros(const uint16_t (&groups)[8])
{
    ZeroRun best = {-1, 1};  // one group alone is not worth it
    for (int i = 0; i != 8;) {
        int stop = i;
        while (stop != 8 && groups[stop] == 0)
            ++stop;
        if (stop - i > best.length)
            best = ZeroRun{i, stop - i};
        i = stop == i ? i + 1 : stop;
    }
    return best;
}

char *write_hex(char *out, unsigned group)
{
    int shift = 12;
    while (shift && !(group >> shift))
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        *out++ = "0123456789abcdef"[(group >> shift) & 15];
    return out;
}

int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// A group of one to four digits; null if there is none, or it has leading zeros.
const char *read_group(const char *p, const char *end, uint16_t &group)
{
    const char *start = p;
    unsigned v = 0;
    for (int digit; p != end && p - start != 4 && (digit = hex_digit(*p)) >= 0; ++p)
        v = (v << 4) | unsigned(digit);
    group = uint16_t(v);
    return p == start || (*start == '0' && p != start + 1) ? nullptr : p;
}

// All of p … end, to host order.
bool read_number(const char *p, const char *end, uint32_t limit, uint32_t &value)
{
    if (p == end || (*p == '0' && end - p != 1))
        return false;
    uint32_t v = 0;
    for (; p != end; ++p) {
        if (*p < '0' || *p > '9')
            return false;
        v = v * 10 + uint32_t(*p - '0');
        if (v > limit)
            return false;
    }
    value = v;
    return true;
}

bool read_port(const std::string &text, size_t at, uint16_t &port)
{
    uint32_t v;
    if (!read_number(text.data() + at, text.data() + text.size(), 65535, v))
        return false;
    port = htons(uint16_t(v));
    return true;
}

bool starts_gap(const char *p, const char *end)
{
    return end - p >= 2 && p[0] == ':' && p[1] == ':';
}

}  // namespace

char *write_decimal(char *out, uint64_t value)
{
    char digits[20];
    int n = 0;
    do {
        digits[n++] = char('0' + value % 10);
        value /= 10;
    } while (value);
    while (n)
        *out++ = digits[--n];
    return out;
}

char *write_address(char *out, uint32_t addr)
{
    const uint32_t a = ntohl(addr);
    for (int shift = 24; shift; shift -= 8) {
        out = write_decimal(out, (a >> shift) & 255);
        *out++ = '.';
    }
    return write_decimal(out, a & 255);
}

char *write_address(char *out, const Address6 &addr)
{
    uint16_t groups[8];
    for (int i = 0; i != 8; ++i)
        groups[i] = uint16_t(ntohl(addr.word[i / 2]) >> (i % 2 ? 0 : 16));
    const ZeroRun zeros = longest_zeros(groups);
    for (int i = 0; i != 8;) {
        if (i == zeros.first) {
            *out++ = ':';
            *out++ = ':';
            i += zeros.length;
            continue;
        }
        if (i && (zeros.first < 0 || i != zeros.first + zeros.length))
            *out++ = ':';
        out = write_hex(out, groups[i++]);
    }
    return out;
}

char *write_endpoint(char *out, uint32_t addr, uint16_t port)
{
    out = write_address(out, addr);
    *out++ = ':';
    return write_decimal(out, ntohs(port));
}

char *write_endpoint(char *out, const Address6 &addr, uint16_t port)
{
    *out++ = '[';
    out = write_address(out, addr);
    *out++ = ']';
    *out++ = ':';
    return write_decimal(out, ntohs(port));
}

std::string address_text(uint32_t addr)
{
    char text[endpoint_text_max];
    return std::string(text, write_address(text, addr));
}

std::string address_text(const Address6 &addr)
{
    char text[endpoint_text_max];
    return std::string(text, write_address(text, addr));
}

std::string endpoint_text(uint32_t addr, uint16_t port)
{
    char text[endpoint_text_max];
    return std::string(text, write_endpoint(text, addr, port));
}

std::string endpoint_text(const Address6 &addr, uint16_t port)
{
    char text[endpoint_text_max];
    return std::string(text, write_endpoint(text, addr, port));
}

const char *read_address(const char *p, const char *end, Address6 &addr)
{
    uint16_t read[8];
    int n = 0, gap = -1;  // `::` comes before read[gap]
    if (starts_gap(p, end)) {
        gap = 0;
        p += 2;
    }
    for (;;) {
        uint16_t group;
        const char *stop = read_group(p, end, group);
        if (!stop) {
            if (gap == n && (p == end || hex_digit(*p) < 0))
                break;  // it ends in `::`
            return nullptr;
        }
        if (n == 8)
            return nullptr;
        read[n++] = group;
        p = stop;
        if (p == end || *p != ':')
            break;
        if (starts_gap(p, end)) {
            if (gap >= 0)
                return nullptr;
            gap = n;
            ++p;
        }
        ++p;
    }
    if (gap < 0 ? n != 8 : n == 8)
        return nullptr;
    uint16_t groups[8];
    for (int i = 0; i != 8; ++i)
        groups[i] = gap < 0 || i < gap ? read[i] : i < gap + 8 - n ? uint16_t(0) : read[i - (8 - n)];
    const ZeroRun zeros = longest_zeros(groups);
    if (zeros.first != gap || (gap >= 0 && zeros.length != 8 - n))
        return nullptr;
    for (int i = 0; i != 4; ++i)
        addr.word[i] = htonl((uint32_t(groups[2 * i]) << 16) | groups[2 * i + 1]);
    return p;
}

bool parse_address(const std::string &text, uint32_t &addr)
{
    uint32_t a = 0;
    size_t at = 0;
    for (int i = 0; i != 4; ++i) {
        const size_t stop = i == 3 ? text.size() : text.find('.', at);
        uint32_t v;
        if (stop == std::string::npos || !read_number(text.data() + at, text.data() + stop, 255, v))
            return false;
        a = (a << 8) | v;
        at = stop + 1;
    }
    addr = htonl(a);
    return true;
}

bool parse_address(const std::string &text, Address6 &addr)
{
    const char *end = text.data() + text.size();
    return read_address(text.data(), end, addr) == end;
}

bool parse_endpoint(const std::string &text, uint32_t &addr, uint16_t &port)
{
    const size_t colon = text.find(':');
    return colon != std::string::npos && parse_address(text.substr(0, colon), addr) && read_port(text, colon + 1, port);
}

bool parse_endpoint(const std::string &text, Address6 &addr, uint16_t &port)
{
    const size_t close = text.find("]:");
    return close != std::string::npos && text[0] == '[' && parse_address(text.substr(1, close - 1), addr)
        && read_port(text, close + 2, port);
}

std::string canonical_endpoint(const std::string &text)
{
    const size_t close = text.find("]:");
    uint16_t port;
    unsigned char bytes[16];
    if (close == std::string::npos || text[0] != '[' || inet_pton(AF_INET6, text.substr(1, close - 1).c_str(), bytes) != 1
        || !read_port(text, close + 2, port))
        return std::string();
    return endpoint_text(Address6::from_bytes(bytes), port);
}

}  // namespace mimi

ELEMENT_PROVIDES(AddressText)
