// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "optiontext.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/glue.hh>
#include <click/ipaddress.hh>
#include <click/straccum.hh>
#include <clicknet/ip.h>
#include <clicknet/tcp.h>
#include <cstring>
#include <string>
#include <vector>

namespace optiontext {

namespace {

uint32_t big_word(const unsigned char *p)
{
    uint32_t word;
    memcpy(&word, p, 4);
    return ntohl(word);
}

void put_word(std::string &bytes, uint32_t word)
{
    word = htonl(word);
    bytes.append(reinterpret_cast<const char *>(&word), 4);
}

std::vector<String> split(const String &text, char separator)
{
    std::vector<String> parts;
    int start = 0;
    for (int at; (at = text.find_left(separator, start)) >= 0; start = at + 1)
        parts.push_back(text.substring(start, at - start));
    parts.push_back(text.substring(start));
    return parts;
}

// Walks over whole options. `see(type, option, length)` gets all but eol and nop.
template <typename See>
void each_option(const unsigned char *at, int length, See see)
{
    const unsigned char *end = at + length;
    while (at < end && *at != IPOPT_EOL) {
        if (*at == IPOPT_NOP) {
            ++at;
            continue;
        }
        if (at + 2 > end || at[1] < 2 || at + at[1] > end)
            return;
        see(*at, at, at[1]);
        at += at[1];
    }
}

void write_raw(const unsigned char *option, int length, StringAccum &sa)
{
    sa << static_cast<int>(option[0]);
    for (int i = 2; i < length; ++i)
        sa << (i == 2 ? '=' : ':') << static_cast<int>(option[i]);
}

void write_time(uint32_t time, StringAccum &sa)
{
    if (time & 0x80000000U)
        sa << '!';
    sa << (time & 0x7FFFFFFFU);
}

bool all_zero(const unsigned char *from, const unsigned char *to)
{
    while (from < to)
        if (*from++)
            return false;
    return true;
}

// The addresses of a route option: those visited, a mark, those to come.
void write_route(const unsigned char *option, int length, StringAccum &sa)
{
    const unsigned char *next = option + option[2] - 1, *end = option + length;
    bool spare = option[0] == IPOPT_RR && next <= end && (end - next) % 4 == 0 && all_zero(next, end);
    const unsigned char *stop = spare ? next : end;
    sa << '{';
    for (const unsigned char *at = option + 3; at + 4 <= stop; at += 4) {
        if (at == next)
            sa << '^';
        else if (at > option + 3)
            sa << ',';
        sa << IPAddress(at).unparse();
    }
    if (!spare && next == end)
        sa << '^';
    sa << '}';
    if (spare && next < end)
        sa << '+' << (end - next) / 4;
}

void write_timestamps(const unsigned char *option, int length, StringAccum &sa)
{
    int kind = option[3] & 15, overflow = option[3] >> 4;
    int size = kind == 0 ? 4 : 8;
    const unsigned char *next = option + option[2] - 1, *end = option + length;
    bool spare = kind != 3 && next < end && (end - next) % size == 0 && all_zero(next, end);
    const unsigned char *stop = spare ? next : end;
    if (kind == 1)
        sa << ".ip";
    else if (kind == 3)
        sa << ".preip";
    else if (kind)
        sa << '.' << kind;
    sa << '{';
    for (const unsigned char *at = option + 4; at + size <= stop; at += size) {
        if (at == next)
            sa << '^';
        else if (at > option + 4)
            sa << ',';
        if (kind)
            sa << IPAddress(at).unparse();
        if (kind && at < next)
            sa << '=';
        if (!kind || at < next)
            write_time(big_word(at + size - 4), sa);
    }
    if (!spare && next == end)
        sa << '^';
    sa << '}';
    if (spare)
        sa << '+' << (end - next) / size;
    if (overflow)
        sa << "++" << overflow;
}

const char *route_name(int type)
{
    return type == IPOPT_RR ? "rr" : type == IPOPT_LSRR ? "lsrr" : "ssrr";
}

bool read_time(const String &text, uint32_t &time)
{
    bool odd = text.length() > 0 && text[0] == '!';
    if (text == "?")
        time = 0;
    else if (!IntArg().parse(odd ? text.substring(1) : text, time))
        return false;
    if (odd)
        time |= 0x80000000U;
    return true;
}

// What a route or timestamp item says: NAME{LIST}+SPARE++OVERFLOW.
struct Item {
    String name;
    std::vector<String> entries;
    int mark = -1;  // entries before it
    int spare = 0, overflow = 0;
};

bool read_item(const String &text, Item &item)
{
    int open = text.find_left('{'), close = text.find_left('}');
    if (open < 0 || close < open)
        return false;
    item.name = text.substring(0, open);
    String list = text.substring(open + 1, close - open - 1);
    String rest = text.substring(close + 1);
    int more = rest.find_left("++");
    String spare = more < 0 ? rest : rest.substring(0, more);
    if (more >= 0 && (!IntArg().parse(rest.substring(more + 2), item.overflow) || item.overflow > 15))
        return false;
    if (spare && (spare[0] != '+' || !IntArg().parse(spare.substring(1), item.spare) || item.spare < 0 || item.spare > 9))
        return false;
    int mark = list.find_left('^');
    std::vector<String> halves{mark < 0 ? list : list.substring(0, mark)};
    if (mark >= 0)
        halves.push_back(list.substring(mark + 1));
    for (size_t half = 0; half < halves.size(); ++half) {
        for (const String &entry : split(halves[half], ','))
            if (entry)
                item.entries.push_back(entry);
        if (half == 0 && mark >= 0)
            item.mark = static_cast<int>(item.entries.size());
    }
    if (item.mark < 0)
        item.mark = static_cast<int>(item.entries.size());
    return true;
}

bool read_route(int type, const Item &item, std::string &bytes)
{
    size_t slots = item.entries.size() + item.spare;
    bytes += static_cast<char>(type);
    bytes += static_cast<char>(3 + 4 * slots);
    bytes += static_cast<char>(4 + 4 * item.mark);
    for (const String &entry : item.entries) {
        IPAddress address;
        if (!IPAddressArg().parse(entry, address))
            return false;
        bytes.append(reinterpret_cast<const char *>(address.data()), 4);
    }
    bytes.append(4 * item.spare, '\0');
    return true;
}

bool read_timestamps(const Item &item, std::string &bytes)
{
    int kind = 0;
    String suffix = item.name.substring(2);
    bool addressed = !item.entries.empty() && item.entries[0].find_left('.') >= 0;
    if (suffix == ".ip" || (!suffix && addressed))
        kind = 1;
    else if (suffix == ".preip")
        kind = 3;
    else if (suffix && (!IntArg().parse(suffix.substring(1), kind) || kind < 0 || kind > 15))
        return false;
    int size = kind ? 8 : 4;
    bytes += static_cast<char>(IPOPT_TS);
    bytes += static_cast<char>(4 + size * (item.entries.size() + item.spare));
    bytes += static_cast<char>(5 + size * item.mark);
    bytes += static_cast<char>(item.overflow << 4 | kind);
    for (const String &entry : item.entries) {
        int equals = entry.find_left('=');
        IPAddress address;
        uint32_t time = 0;
        if (kind && !IPAddressArg().parse(equals < 0 ? entry : entry.substring(0, equals), address))
            return false;
        if ((!kind || equals >= 0) && !read_time(kind ? entry.substring(equals + 1) : entry, time))
            return false;
        if (kind)
            bytes.append(reinterpret_cast<const char *>(address.data()), 4);
        put_word(bytes, time);
    }
    bytes.append(size * item.spare, '\0');
    return true;
}

// TYPE=BYTE:BYTE:...
bool read_raw(const String &text, std::string &bytes)
{
    int equals = text.find_left('=');
    uint8_t type, byte;
    if (!IntArg().parse(equals < 0 ? text : text.substring(0, equals), type) || type < 2)
        return false;
    std::string data;
    if (equals >= 0)
        for (const String &word : split(text.substring(equals + 1), ':')) {
            if (!IntArg().parse(word, byte))
                return false;
            data += static_cast<char>(byte);
        }
    bytes += static_cast<char>(type);
    bytes += static_cast<char>(2 + data.length());
    bytes += data;
    return true;
}

bool read_ip_item(const String &text, std::string &bytes)
{
    Item item;
    if (text == "nop" || text == "eol") {
        bytes += static_cast<char>(text == "nop" ? IPOPT_NOP : IPOPT_EOL);
        return true;
    }
    if (!read_item(text, item))
        return read_raw(text, bytes);
    for (int type : {IPOPT_RR, IPOPT_LSRR, IPOPT_SSRR})
        if (item.name == route_name(type))
            return read_route(type, item, bytes);
    return item.name.substring(0, 2) == "ts" && read_timestamps(item, bytes);
}

void put_tcp_sack(const unsigned char *option, int length, StringAccum &sa)
{
    for (int at = 2; at + 8 <= length; at += 8)
        sa << (at > 2 ? ";" : "") << "sack" << big_word(option + at) << '-' << big_word(option + at + 4);
}

bool read_tcp_item(const String &text, std::string &bytes)
{
    uint32_t a = 0, b = 0;
    if (text == "nop" || text == "eol") {
        bytes += static_cast<char>(text == "nop" ? TCPOPT_NOP : TCPOPT_EOL);
    } else if (text == "sackok") {
        bytes += {static_cast<char>(TCPOPT_SACK_PERMITTED), 2};
    } else if (text.starts_with("mss")) {
        if (!IntArg().parse(text.substring(3), a) || a > 65535)
            return false;
        bytes += {static_cast<char>(TCPOPT_MAXSEG), 4, static_cast<char>(a >> 8), static_cast<char>(a)};
    } else if (text.starts_with("wscale")) {
        if (!IntArg().parse(text.substring(6), a) || a > 255)
            return false;
        bytes += {static_cast<char>(TCPOPT_WSCALE), 3, static_cast<char>(a)};
    } else if (text.starts_with("sack") || text.starts_with("ts")) {
        bool sack = text[0] == 's';
        // A block may be written either way.
        int start = sack ? 4 : 2, middle = text.find_left(':');
        if (sack && middle < 0)
            middle = text.find_left('-');
        if (middle < 0 || !IntArg().parse(text.substring(start, middle - start), a) || !IntArg().parse(text.substring(middle + 1), b))
            return false;
        bytes += {static_cast<char>(sack ? TCPOPT_SACK : TCPOPT_TIMESTAMP), 10};
        put_word(bytes, a);
        put_word(bytes, b);
    } else {
        return read_raw(text, bytes);
    }
    return true;
}

bool read_items(const String &text, bool (*read)(const String &, std::string &), String &options)
{
    std::string bytes;
    if (text != ".")
        for (const String &outer : split(text, ';'))
            // In braces commas belong to the item.
            for (const String &item : outer.find_left('{') >= 0 ? std::vector<String>{outer} : split(outer, ','))
                if (!item || !read(item, bytes))
                    return false;
    bytes.append((4 - bytes.length() % 4) % 4, '\0');
    if (bytes.length() > 40)
        return false;
    options = String(bytes.data(), static_cast<int>(bytes.length()));
    return true;
}

}  // namespace

void write_ip(const unsigned char *options, int length, StringAccum &sa)
{
    int before = sa.length();
    each_option(options, length, [&](int type, const unsigned char *option, int size) {
        if (sa.length() > before)
            sa << ';';
        bool route = (type == IPOPT_RR || type == IPOPT_LSRR || type == IPOPT_SSRR) && size >= 3;
        if (route) {
            sa << route_name(type);
            write_route(option, size, sa);
        } else if (type == IPOPT_TS && size >= 4) {
            sa << "ts";
            write_timestamps(option, size, sa);
        } else {
            write_raw(option, size, sa);
        }
    });
    if (sa.length() == before)
        sa << '.';
}

void write_tcp(const unsigned char *options, int length, StringAccum &sa)
{
    int before = sa.length();
    each_option(options, length, [&](int type, const unsigned char *option, int size) {
        if (sa.length() > before)
            sa << ';';
        if (type == TCPOPT_MAXSEG && size == 4)
            sa << "mss" << (option[2] << 8 | option[3]);
        else if (type == TCPOPT_WSCALE && size == 3)
            sa << "wscale" << static_cast<int>(option[2]);
        else if (type == TCPOPT_SACK_PERMITTED && size == 2)
            sa << "sackok";
        else if (type == TCPOPT_SACK && size % 8 == 2 && size > 2)
            put_tcp_sack(option, size, sa);
        else if (type == TCPOPT_TIMESTAMP && size == 10)
            sa << "ts" << big_word(option + 2) << ':' << big_word(option + 6);
        else
            write_raw(option, size, sa);
    });
    if (sa.length() == before)
        sa << '.';
}

void write_tcp_sack(const unsigned char *options, int length, StringAccum &sa)
{
    int before = sa.length();
    each_option(options, length, [&](int type, const unsigned char *option, int size) {
        if (type == TCPOPT_SACK && size % 8 == 2 && size > 2) {
            if (sa.length() > before)
                sa << ';';
            put_tcp_sack(option, size, sa);
        }
    });
    if (sa.length() == before)
        sa << '.';
}

bool read_ip(const String &text, String &options)
{
    return read_items(text, read_ip_item, options);
}

bool read_tcp(const String &text, String &options)
{
    return read_items(text, read_tcp_item, options);
}

}  // namespace optiontext
