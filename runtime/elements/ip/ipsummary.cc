// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ipsummary.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/glue.hh>
#include <click/md5.h>
#include <click/nameinfo.hh>
#include <click/packet_anno.hh>
#include <click/straccum.hh>
#include <clicknet/icmp.h>
#include <clicknet/ip.h>
#include <clicknet/tcp.h>
#include <clicknet/udp.h>
#include <algorithm>
#include <cstdio>
#include <cstring>
#include "optiontext.hh"

namespace ipsummary {

View::View(const Packet *p) : packet(p)
{
    if (!p->has_network_header() || p->network_length() < static_cast<int>(sizeof(click_ip)))
        return;
    ip = p->ip_header();
    uint32_t extra = EXTRA_LENGTH_ANNO(p);
    ip_length = ntohs(ip->ip_len) ? ntohs(ip->ip_len) : p->network_length() + extra;
    int header = ip->ip_hl * 4;
    int captured = p->network_length() - header;
    payload_length = ip_length > static_cast<uint32_t>(header) ? ip_length - header : 0;
    if (captured < 0)
        return;
    transport = p->network_header() + header;
    int transport_header = 0;
    if (IP_FIRSTFRAG(ip)) {
        bool has_ports = ip->ip_p == IP_PROTO_TCP || ip->ip_p == IP_PROTO_UDP;
        source_port = has_ports && captured >= 2;
        ports = has_ports && captured >= 4;
        if (ip->ip_p == IP_PROTO_TCP && captured >= 20) {
            tcp = reinterpret_cast<const click_tcp *>(transport);
            transport_header = tcp->th_off * 4;
        } else if (ip->ip_p == IP_PROTO_UDP && captured >= 8) {
            udp = reinterpret_cast<const click_udp *>(transport);
            transport_header = 8;
        } else if (ip->ip_p == IP_PROTO_ICMP && captured >= 8) {
            icmp = reinterpret_cast<const click_icmp *>(transport);  // all of it counts as payload
        }
    }
    payload_length -= std::min<uint32_t>(payload_length, transport_header);
    if (captured >= transport_header) {
        payload = transport + transport_header;
        payload_captured = std::min<uint32_t>(captured - transport_header, payload_length);
    }
}

const unsigned char *View::ip_options() const
{
    return ip && ip->ip_hl >= 5 && packet->network_length() >= ip->ip_hl * 4 ? packet->network_header() + 20 : nullptr;
}

const unsigned char *View::tcp_options() const
{
    return tcp && tcp->th_off >= 5 && packet->end_data() - transport >= tcp->th_off * 4 ? transport + 20 : nullptr;
}

namespace {

const char flag_letters[] = "FSRPAUEC";

uint16_t half(const unsigned char *p)
{
    return p[0] << 8 | p[1];
}

template <typename T>
bool read_number(const String &text, T &result)
{
    return IntArg().parse(text, result);
}

template <typename T>
bool read_optional(const String &text, std::optional<T> &result)
{
    T value;
    if (!IntArg().parse(text, value))
        return false;
    result = value;
    return true;
}

bool read_header_length(const String &text, unsigned &length)
{
    return IntArg().parse(text, length) && length >= 20 && length <= 60 && length % 4 == 0;
}

bool write_protocol(const View &v, StringAccum &sa)
{
    if (!v.ip)
        return false;
    switch (v.ip->ip_p) {
    case IP_PROTO_TCP:
        sa << 'T';
        break;
    case IP_PROTO_UDP:
        sa << 'U';
        break;
    case IP_PROTO_ICMP:
        sa << 'I';
        break;
    default:
        sa << static_cast<int>(v.ip->ip_p);
    }
    return true;
}

bool read_protocol(const String &text, Draft &d, const Element *)
{
    static const std::pair<const char *, int> words[] = {{"T", 6}, {"tcp", 6}, {"U", 17}, {"udp", 17}, {"I", 1}, {"icmp", 1}};
    for (const auto &[word, value] : words)
        if (text == word) {
            d.protocol = value;
            return true;
        }
    return read_number(text, d.protocol);
}

bool write_flags(const View &v, StringAccum &sa)
{
    if (!v.tcp)
        return false;
    int flags = v.tcp->th_flags;
    if (!flags)
        sa << '.';
    for (int i = 0; i < 8; ++i)
        if (flags >> i & 1)
            sa << flag_letters[i];
    return true;
}

bool read_flags(const String &text, Draft &d, const Element *)
{
    if (text == ".") {
        d.tcp_flags = 0;
        return true;
    }
    if (text.length() > 0 && text[0] >= '0' && text[0] <= '9')
        return read_number(text, d.tcp_flags);
    int flags = 0;
    for (int i = 0; i < text.length(); ++i) {
        const char *letter = text[i] ? strchr(flag_letters, text[i]) : nullptr;
        if (!letter)
            return false;
        flags |= 1 << (letter - flag_letters);
    }
    d.tcp_flags = flags;
    return true;
}

// "OFFSET" in bytes, "+" with more fragments, "!" with don't-fragment.
bool write_fragment_offset(const View &v, StringAccum &sa)
{
    if (!v.ip)
        return false;
    int off = ntohs(v.ip->ip_off);
    sa << (off & IP_OFFMASK) * 8;
    if (off & IP_MF)
        sa << '+';
    return true;
}

bool read_fragment_offset(const String &text, Draft &d, const Element *)
{
    bool more = text.length() > 0 && text.back() == '+';
    unsigned offset;
    if (!IntArg().parse(more ? text.substring(0, text.length() - 1) : text, offset) || offset % 8 || offset > 65528)
        return false;
    d.fragment = (d.fragment & ~(IP_MF | IP_OFFMASK)) | offset / 8 | (more ? IP_MF : 0);
    return true;
}

bool write_fragment(const View &v, StringAccum &sa)
{
    if (!v.ip)
        return false;
    sa << (!IP_ISFRAG(v.ip) ? '.' : IP_FIRSTFRAG(v.ip) ? 'F' : 'f');
    return true;
}

bool read_fragment(const String &text, Draft &d, const Element *)
{
    if (text == "F")
        d.fragment = (d.fragment & ~IP_OFFMASK) | IP_MF;
    else if (text == "f")
        d.fragment |= d.fragment & IP_OFFMASK ? 0 : 100;
    else if (text != ".")
        return false;
    return true;
}

bool write_time(const Timestamp &time, StringAccum &sa)
{
    sa << time.unparse();
    return true;
}

bool write_payload(const View &v, StringAccum &sa)
{
    if (!v.payload)
        return false;
    String text(v.payload, static_cast<int>(v.payload_captured));
    String quoted = cp_quote(text);
    sa << (quoted.length() > 0 && quoted[0] == '"' ? quoted : "\"" + quoted + "\"");
    return true;
}

const char *const ecn_words[] = {"no", "ect1", "ect2", "ce"};

bool read_ecn(const String &text, Draft &d, const Element *)
{
    for (int i = 0; i < 4; ++i)
        if (text == ecn_words[i] || text == String(i)) {
            d.tos = (d.tos & ~IP_ECNMASK) | i;
            return true;
        }
    return false;
}

void write_named(uint32_t type, int value, StringAccum &sa)
{
    String name = NameInfo::revquery_int(type, nullptr, value);
    if (name)
        sa << name;
    else
        sa << value;
}

bool read_icmp_type(const String &text, Draft &d, const Element *context)
{
    return NamedIntArg(NameInfo::T_ICMP_TYPE).parse(text, d.icmp_type, Args(context));
}

bool read_icmp_code(const String &text, Draft &d, const Element *context)
{
    return NamedIntArg(NameInfo::T_ICMP_CODE + d.icmp_type).parse(text, d.icmp_code, Args(context));
}

bool write_digest(const View &v, bool hexadecimal, StringAccum &sa)
{
    if (!v.payload)
        return false;
    md5_state_t state;
    md5_init(&state);
    md5_append(&state, v.payload, static_cast<int>(v.payload_captured));
    char text[2 * MD5_DIGEST_SIZE + 1];
    if (hexadecimal) {
        md5_byte_t digest[MD5_DIGEST_SIZE];
        md5_finish(&state, digest);
        for (int i = 0; i < MD5_DIGEST_SIZE; ++i)
            snprintf(text + 2 * i, 3, "%02x", digest[i]);
    } else {
        text[md5_finish_text(&state, text, 1)] = 0;
    }
    sa << text;
    return true;
}

const Field fields[] = {
    {"timestamp", [](const View &v, StringAccum &sa) { return write_time(v.packet->timestamp_anno(), sa); },
     [](const String &t, Draft &d, const Element *) { return cp_time(t, &d.timestamp); }},
    {"ts_sec", [](const View &v, StringAccum &sa) { return sa << v.packet->timestamp_anno().sec(), true; },
     [](const String &t, Draft &d, const Element *) {
         int32_t seconds;
         return IntArg().parse(t, seconds) && (d.timestamp.set_sec(seconds), true);
     }},
    {"ts_usec", [](const View &v, StringAccum &sa) { return sa << v.packet->timestamp_anno().usec(), true; },
     [](const String &t, Draft &d, const Element *) {
         uint32_t us;
         return IntArg().parse(t, us) && us < 1000000 && (d.timestamp.set_subsec(Timestamp::usec_to_subsec(us)), true);
     }},
    {"ip_src", [](const View &v, StringAccum &sa) { return v.ip && (sa << IPAddress(v.ip->ip_src).unparse(), true); },
     [](const String &t, Draft &d, const Element *e) { return IPAddressArg().parse(t, d.source, e); }},
    {"ip_dst", [](const View &v, StringAccum &sa) { return v.ip && (sa << IPAddress(v.ip->ip_dst).unparse(), true); },
     [](const String &t, Draft &d, const Element *e) { return IPAddressArg().parse(t, d.destination, e); }},
    {"sport", [](const View &v, StringAccum &sa) { return v.source_port && (sa << half(v.transport), true); },
     [](const String &t, Draft &d, const Element *) { return read_number(t, d.source_port); }},
    {"dport", [](const View &v, StringAccum &sa) { return v.ports && (sa << half(v.transport + 2), true); },
     [](const String &t, Draft &d, const Element *) { return read_number(t, d.destination_port); }},
    {"ip_len", [](const View &v, StringAccum &sa) { return v.ip && (sa << v.ip_length, true); },
     [](const String &t, Draft &d, const Element *) { return read_optional(t, d.ip_length); }},
    {"ip_proto", write_protocol, read_protocol},
    {"ip_id", [](const View &v, StringAccum &sa) { return v.ip && (sa << ntohs(v.ip->ip_id), true); },
     [](const String &t, Draft &d, const Element *) { return read_number(t, d.id); }},
    {"ip_tos", [](const View &v, StringAccum &sa) { return v.ip && (sa << static_cast<int>(v.ip->ip_tos), true); },
     [](const String &t, Draft &d, const Element *) { return read_number(t, d.tos); }},
    {"ip_ttl", [](const View &v, StringAccum &sa) { return v.ip && (sa << static_cast<int>(v.ip->ip_ttl), true); },
     [](const String &t, Draft &d, const Element *) { return read_number(t, d.ttl); }},
    {"ip_hl", [](const View &v, StringAccum &sa) { return v.ip && (sa << v.ip->ip_hl * 4, true); },
     [](const String &t, Draft &d, const Element *) { return read_header_length(t, d.ip_header_length); }},
    {"tcp_off", [](const View &v, StringAccum &sa) { return v.tcp && (sa << v.tcp->th_off * 4, true); },
     [](const String &t, Draft &d, const Element *) { return read_header_length(t, d.tcp_header_length); }},
    {"ip_sum", [](const View &v, StringAccum &sa) { return v.ip && (sa << ntohs(v.ip->ip_sum), true); },
     [](const String &t, Draft &d, const Element *) { return read_optional(t, d.ip_sum); }},
    {"ip_frag", write_fragment, read_fragment},
    {"ip_fragoff", write_fragment_offset, read_fragment_offset},
    {"ip_capture_len", [](const View &v, StringAccum &sa) { return v.ip && (sa << v.packet->network_length(), true); }, nullptr},
    {"tcp_seq", [](const View &v, StringAccum &sa) { return v.tcp && (sa << ntohl(v.tcp->th_seq), true); },
     [](const String &t, Draft &d, const Element *) { return read_number(t, d.tcp_sequence); }},
    {"tcp_ack", [](const View &v, StringAccum &sa) { return v.tcp && (sa << ntohl(v.tcp->th_ack), true); },
     [](const String &t, Draft &d, const Element *) { return read_number(t, d.tcp_ack); }},
    {"tcp_flags", write_flags, read_flags},
    {"tcp_window", [](const View &v, StringAccum &sa) { return v.tcp && (sa << ntohs(v.tcp->th_win), true); },
     [](const String &t, Draft &d, const Element *) { return read_number(t, d.tcp_window); }},
    {"tcp_urp", [](const View &v, StringAccum &sa) { return v.tcp && (sa << ntohs(v.tcp->th_urp), true); },
     [](const String &t, Draft &d, const Element *) { return read_optional(t, d.tcp_urgent); }},
    {"udp_len", [](const View &v, StringAccum &sa) { return v.udp && (sa << ntohs(v.udp->uh_ulen), true); },
     [](const String &t, Draft &d, const Element *) { return read_optional(t, d.udp_length); }},
    {"ip_dscp", [](const View &v, StringAccum &sa) { return v.ip && (sa << (v.ip->ip_tos >> 2), true); },
     [](const String &t, Draft &d, const Element *) {
         unsigned dscp;
         return IntArg().parse(t, dscp) && dscp < 64 && (d.tos = (d.tos & IP_ECNMASK) | dscp << 2, true);
     }},
    {"ip_ecn", [](const View &v, StringAccum &sa) { return v.ip && (sa << ecn_words[v.ip->ip_tos & IP_ECNMASK], true); }, read_ecn},
    {"ip_opt", [](const View &v, StringAccum &sa) { return v.ip_options() && (optiontext::write_ip(v.ip_options(), v.ip->ip_hl * 4 - 20, sa), true); },
     [](const String &t, Draft &d, const Element *) { return optiontext::read_ip(t, d.ip_options); }},
    {"tcp_opt", [](const View &v, StringAccum &sa) { return v.tcp_options() && (optiontext::write_tcp(v.tcp_options(), v.tcp->th_off * 4 - 20, sa), true); },
     [](const String &t, Draft &d, const Element *) { return optiontext::read_tcp(t, d.tcp_options); }},
    {"tcp_sack", [](const View &v, StringAccum &sa) { return v.tcp_options() && (optiontext::write_tcp_sack(v.tcp_options(), v.tcp->th_off * 4 - 20, sa), true); },
     [](const String &t, Draft &d, const Element *) { return optiontext::read_tcp(t, d.tcp_options); }},
    {"icmp_type", [](const View &v, StringAccum &sa) { return v.icmp && (sa << static_cast<int>(v.icmp->icmp_type), true); },
     read_icmp_type},
    {"icmp_type_name", [](const View &v, StringAccum &sa) { return v.icmp && (write_named(NameInfo::T_ICMP_TYPE, v.icmp->icmp_type, sa), true); },
     read_icmp_type},
    {"icmp_code", [](const View &v, StringAccum &sa) { return v.icmp && (sa << static_cast<int>(v.icmp->icmp_code), true); },
     read_icmp_code},
    {"icmp_code_name",
     [](const View &v, StringAccum &sa) {
         return v.icmp && (write_named(NameInfo::T_ICMP_CODE + v.icmp->icmp_type, v.icmp->icmp_code, sa), true);
     },
     read_icmp_code},
    {"icmp_flowid", [](const View &v, StringAccum &sa) { return v.icmp && (sa << half(v.transport + 4), true); },
     [](const String &t, Draft &d, const Element *) { return read_number(t, d.icmp_id); }},
    {"icmp_seq", [](const View &v, StringAccum &sa) { return v.icmp && (sa << half(v.transport + 6), true); },
     [](const String &t, Draft &d, const Element *) { return read_number(t, d.icmp_sequence); }},
    {"payload_len", [](const View &v, StringAccum &sa) { return v.ip && (sa << v.payload_length, true); },
     [](const String &t, Draft &d, const Element *) { return read_optional(t, d.payload_length); }},
    {"payload", write_payload,
     [](const String &t, Draft &d, const Element *) {
         d.payload = cp_unquote(t);
         return true;
     }},
    {"payload_md5", [](const View &v, StringAccum &sa) { return write_digest(v, false, sa); }, nullptr},
    {"payload_md5_hex", [](const View &v, StringAccum &sa) { return write_digest(v, true, sa); }, nullptr},
    {"wire_len", [](const View &v, StringAccum &sa) { return sa << v.packet->length() + EXTRA_LENGTH_ANNO(v.packet), true; },
     [](const String &t, Draft &d, const Element *) { return read_optional(t, d.wire_length); }},
    {"count", [](const View &v, StringAccum &sa) { return sa << 1 + EXTRA_PACKETS_ANNO(v.packet), true; },
     [](const String &t, Draft &d, const Element *) { return read_number(t, d.count) && d.count > 0; }},
    {"link", [](const View &v, StringAccum &sa) { return sa << static_cast<int>(PAINT_ANNO(v.packet)), true; },
     [](const String &t, Draft &d, const Element *e) {
         if (t == ">" || t == "<")
             return find_field("direction")->read(t, d, e);
         return read_number(t, d.paint);
     }},
    {"direction",
     [](const View &v, StringAccum &sa) {
         int paint = PAINT_ANNO(v.packet);
         if (paint < 2)
             sa << (paint ? '<' : '>');
         else
             sa << paint;
         return true;
     },
     [](const String &t, Draft &d, const Element *) {
         if (t != ">" && t != "<")
             return read_number(t, d.paint);
         d.paint = t == "<";
         return true;
     }},
    {"aggregate", [](const View &v, StringAccum &sa) { return sa << AGGREGATE_ANNO(v.packet), true; },
     [](const String &t, Draft &d, const Element *) { return read_number(t, d.aggregate); }},
    {"first_timestamp", [](const View &v, StringAccum &sa) { return write_time(FIRST_TIMESTAMP_ANNO(v.packet), sa); },
     [](const String &t, Draft &d, const Element *) { return cp_time(t, &d.first_timestamp); }},
    {"none", [](const View &, StringAccum &) { return false; }, [](const String &, Draft &, const Element *) { return true; }},
};

const std::pair<const char *, const char *> other_names[] = {
    {"ts", "timestamp"}, {"sec", "ts_sec"}, {"usec", "ts_usec"}, {"utimestamp", "timestamp"}, {"src", "ip_src"}, {"ip src", "ip_src"},
    {"dst", "ip_dst"}, {"ip dst", "ip_dst"}, {"len", "ip_len"}, {"proto", "ip_proto"}, {"id", "ip_id"}, {"tos", "ip_tos"},
    {"ttl", "ip_ttl"}, {"frag", "ip_frag"}, {"fragoff", "ip_fragoff"}, {"tcp_win", "tcp_window"}, {"icmp_id", "icmp_flowid"},
    {"pkt_count", "count"}, {"packets", "count"}, {"agg", "aggregate"}, {"paint", "link"}, {"-", "none"}};

// How long the transport header of a draft is.
unsigned transport_header_length(const Draft &d)
{
    if (d.fragment & IP_OFFMASK)
        return 0;
    return d.protocol == IP_PROTO_TCP ? d.tcp_header() : d.protocol == IP_PROTO_UDP || d.protocol == IP_PROTO_ICMP ? 8 : 0;
}

void fill_transport(const Draft &d, unsigned char *p, uint32_t segment_length)
{
    if (d.fragment & IP_OFFMASK)
        return;
    if (d.protocol == IP_PROTO_TCP) {
        click_tcp *tcp = reinterpret_cast<click_tcp *>(p);
        tcp->th_sport = htons(d.source_port);
        tcp->th_dport = htons(d.destination_port);
        tcp->th_seq = htonl(d.tcp_sequence);
        tcp->th_ack = htonl(d.tcp_ack);
        tcp->th_off = d.tcp_header() / 4;
        memcpy(tcp + 1, d.tcp_options.data(), d.tcp_options.length());
        tcp->th_flags = d.tcp_flags;
        tcp->th_win = htons(d.tcp_window);
        tcp->th_urp = htons(d.tcp_urgent.value_or(0));
    } else if (d.protocol == IP_PROTO_UDP) {
        click_udp *udp = reinterpret_cast<click_udp *>(p);
        udp->uh_sport = htons(d.source_port);
        udp->uh_dport = htons(d.destination_port);
        udp->uh_ulen = htons(d.udp_length.value_or(segment_length));
    } else if (d.protocol == IP_PROTO_ICMP) {
        click_icmp_sequenced *icmp = reinterpret_cast<click_icmp_sequenced *>(p);
        icmp->icmp_type = d.icmp_type;
        icmp->icmp_code = d.icmp_code;
        icmp->icmp_identifier = htons(d.icmp_id);
        icmp->icmp_sequence = htons(d.icmp_sequence);
    }
}

void set_checksum(WritablePacket *packet, const Draft &d, unsigned length)
{
    click_ip *ip = packet->ip_header();
    if (d.fragment & (IP_OFFMASK | IP_MF))
        return;
    unsigned char *p = packet->transport_header();
    if (d.protocol == IP_PROTO_TCP)
        packet->tcp_header()->th_sum = click_in_cksum_pseudohdr(click_in_cksum(p, length), ip, length);
    else if (d.protocol == IP_PROTO_UDP)
        packet->udp_header()->uh_sum = click_in_cksum_pseudohdr(click_in_cksum(p, length), ip, length);
    else if (d.protocol == IP_PROTO_ICMP)
        packet->icmp_header()->icmp_cksum = click_in_cksum(p, length);
}

}  // namespace

const Field *find_field(const String &name)
{
    String wanted = name;
    for (const auto &[other, canonical] : other_names)
        if (wanted == other)
            wanted = canonical;
    for (const Field &field : fields)
        if (wanted == field.name)
            return &field;
    return nullptr;
}

Packet *Draft::make_packet(bool checksum, bool zero) const
{
    unsigned header = ip_header(), transport = transport_header_length(*this);
    const unsigned payload_start = protocol == IP_PROTO_ICMP ? 0 : transport;  // an ICMP header counts as payload
    uint32_t given = payload ? std::max<int>(0, payload->length() - (transport - payload_start)) : 0;
    uint32_t payload_bytes = payload_length ? *payload_length - std::min(*payload_length, transport - payload_start) : given;
    if (ip_length)
        payload_bytes = *ip_length > header + transport ? *ip_length - header - transport : 0;
    else if (udp_length && protocol == IP_PROTO_UDP && !payload_length && !payload)
        payload_bytes = *udp_length > 8 ? *udp_length - 8 : 0;
    uint32_t held = zero ? payload_bytes : std::min(given, payload_bytes);
    WritablePacket *packet = Packet::make(header + transport + held);
    if (!packet)
        return nullptr;
    memset(packet->data(), 0, packet->length());
    click_ip *ip = reinterpret_cast<click_ip *>(packet->data());
    packet->set_ip_header(ip, header);
    ip->ip_v = 4;
    ip->ip_hl = header / 4;
    ip->ip_tos = tos;
    ip->ip_len = htons(ip_length.value_or(header + transport + payload_bytes));
    ip->ip_id = htons(id);
    ip->ip_off = htons(fragment);
    ip->ip_ttl = ttl;
    ip->ip_p = protocol;
    ip->ip_src = source.in_addr();
    ip->ip_dst = destination.in_addr();
    memcpy(ip + 1, ip_options.data(), ip_options.length());
    if (ip_sum)
        ip->ip_sum = htons(*ip_sum);
    else if (checksum)
        ip->ip_sum = click_in_cksum(packet->data(), header);
    fill_transport(*this, packet->transport_header(), transport + payload_bytes);
    if (payload)
        memcpy(packet->transport_header() + payload_start, payload->data(),
               std::min<size_t>(payload->length(), transport - payload_start + held));
    if (checksum)
        set_checksum(packet, *this, packet->transport_length());
    // The line may say that there is less than whole headers.
    if (ip_length && *ip_length >= header && *ip_length < packet->length())
        packet->take(packet->length() - *ip_length);
    SET_EXTRA_LENGTH_ANNO(packet, payload_bytes - held);
    packet->set_timestamp_anno(timestamp);
    packet->set_dst_ip_anno(destination);
    SET_PAINT_ANNO(packet, paint);
    if (aggregate)
        SET_AGGREGATE_ANNO(packet, aggregate);
    if (count > 1)
        SET_EXTRA_PACKETS_ANNO(packet, count - 1);
    if (first_timestamp)
        SET_FIRST_TIMESTAMP_ANNO(packet, first_timestamp);
    return packet;
}

}  // namespace ipsummary
