// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "summarybinary.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/straccum.hh>
#include <clicknet/ip.h>
#include <clicknet/tcp.h>
#include <cstring>
#include "optiontext.hh"

namespace summarybinary {
namespace {

struct Width {
    const char *name;
    unsigned bytes;
};

// Fields that are numbers in the text too, or (the first two) can be.
const Width widths[] = {
    {"ip_proto", 1}, {"tcp_flags", 1}, {"ts_sec", 4}, {"ts_usec", 4}, {"sport", 2}, {"dport", 2}, {"ip_len", 4}, {"ip_id", 2},
    {"ip_tos", 1}, {"ip_dscp", 1}, {"ip_ttl", 1}, {"ip_hl", 1}, {"ip_sum", 2}, {"ip_capture_len", 4}, {"tcp_seq", 4},
    {"tcp_ack", 4}, {"tcp_off", 1}, {"tcp_window", 2}, {"tcp_urp", 2}, {"udp_len", 4}, {"icmp_type", 1}, {"icmp_code", 1},
    {"icmp_flowid", 2}, {"icmp_seq", 2}, {"payload_len", 4}, {"wire_len", 4}, {"count", 4}, {"link", 1}, {"aggregate", 4}};

unsigned width(const ipsummary::Field &field)
{
    for (const Width &w : widths)
        if (strcmp(field.name, w.name) == 0)
            return w.bytes;
    return 0;
}

bool is(const ipsummary::Field &field, const char *name)
{
    return strcmp(field.name, name) == 0;
}

bool is_time(const ipsummary::Field &f) { return is(f, "timestamp") || is(f, "first_timestamp"); }
bool is_address(const ipsummary::Field &f) { return is(f, "ip_src") || is(f, "ip_dst"); }
bool is_options(const ipsummary::Field &f) { return is(f, "ip_opt") || is(f, "tcp_opt"); }

void put(uint32_t value, unsigned bytes, StringAccum &sa)
{
    while (bytes-- > 0)
        sa << static_cast<char>(value >> (8 * bytes));
}

uint32_t get(const unsigned char *&data, unsigned bytes)
{
    uint32_t value = 0;
    while (bytes-- > 0)
        value = value << 8 | *data++;
    return value;
}

uint32_t number(const ipsummary::Field &field, const ipsummary::View &view)
{
    if (is(field, "ip_proto"))
        return view.ip ? view.ip->ip_p : 0;
    if (is(field, "tcp_flags"))
        return view.tcp ? view.tcp->th_flags : 0;
    StringAccum text;
    uint32_t value = 0;
    return field.write(view, text) && IntArg().parse(text.take_string(), value) ? value : 0;
}

}  // namespace

bool has(const ipsummary::Field &field)
{
    return width(field) || is_time(field) || is_address(field) || is_options(field);
}

void write(const ipsummary::Field &field, const ipsummary::View &view, StringAccum &sa)
{
    if (unsigned bytes = width(field)) {
        put(number(field, view), bytes, sa);
        return;
    }
    StringAccum text;
    bool there = field.write(view, text);
    if (is_time(field)) {
        Timestamp time;
        // By way of the text, which says which of the packet's times it is.
        if (!there || !cp_time(text.take_string(), &time))
            time = Timestamp();
        put(time.sec(), 4, sa);
        put(time.usec(), 4, sa);
    } else if (is_address(field)) {
        put(view.ip ? ntohl((is(field, "ip_src") ? view.ip->ip_src : view.ip->ip_dst).s_addr) : 0, 4, sa);
    } else {
        String options;
        if (there)
            is(field, "ip_opt") ? optiontext::read_ip(text.take_string(), options) : optiontext::read_tcp(text.take_string(), options);
        put(options.length(), 1, sa);
        sa << options;
    }
}

bool read(const ipsummary::Field &field, const unsigned char *&data, const unsigned char *end, ipsummary::Draft &draft,
          const Element *context)
{
    if (is_options(field)) {
        if (data == end || end - data - 1 < *data || *data > 40)
            return false;
        String options(data + 1, static_cast<int>(*data));
        data += 1 + *data;
        while (options.length() % 4)
            options += '\0';
        (is(field, "ip_opt") ? draft.ip_options : draft.tcp_options) = options;
        return true;
    }
    unsigned bytes = is_time(field) ? 8 : is_address(field) ? 4 : width(field);
    if (!bytes || end - data < static_cast<int>(bytes))
        return false;
    if (is_time(field)) {
        uint32_t seconds = get(data, 4), microseconds = get(data, 4);
        (is(field, "timestamp") ? draft.timestamp : draft.first_timestamp) = Timestamp::make_usec(seconds, microseconds);
        return microseconds < 1000000;
    }
    uint32_t value = get(data, bytes);
    if (is_address(field)) {
        (is(field, "ip_src") ? draft.source : draft.destination) = IPAddress(htonl(value));
        return true;
    }
    // No packet has headers of no length: there was none.
    if (!field.read || (!value && (is(field, "ip_hl") || is(field, "tcp_off"))))
        return true;
    return field.read(String(value), draft, context);
}

}  // namespace summarybinary
