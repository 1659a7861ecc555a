// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "packetfamily.hh"
#include <cstring>

namespace mimi {

namespace {

// Extension headers (RFC 8200, section 4).
const uint8_t hop_by_hop = 0, routing = 43, fragment = 44, destination_options = 60;
const unsigned fragment_header = 8;
const unsigned headers_most = 8;  // a host sends each but once, destination options twice (RFC 8200, section 4.1)
const unsigned payload_length_at = 4, next_header_at = 6;

enum class Walk {
    done,     // to the transport, or behind the fragment header of a later fragment
    foreign,  // to a header that nobody may look behind
    cut       // beyond the end, or a header is where it must not be
};

struct Chain {
    uint8_t proto;         // what follows
    unsigned bytes;        // of all that is before it
    unsigned fragment_at;  // where the fragment header is; 0: there is none
    bool later;            // a fragment, but not the first
};

// `bytes`: of the packet, from its IP header on, which is there.
Walk walk(const unsigned char *ip, unsigned bytes, Chain &c)
{
    c = Chain{ip[next_header_at], ip6_header, 0, false};
    for (unsigned headers = 0;; ++headers) {
        const uint8_t type = c.proto;
        const bool options = type == hop_by_hop || type == destination_options;
        if (!options && type != routing && type != fragment)
            return Walk::done;
        if (headers == headers_most)
            return Walk::foreign;
        const unsigned char *header = ip + c.bytes;
        if (bytes - c.bytes < 8 || (type == hop_by_hop && headers))
            return Walk::cut;
        const unsigned length = type == fragment ? fragment_header : 8 * (1 + unsigned(header[1]));
        if (bytes - c.bytes < length)
            return Walk::cut;
        if ((type == routing && header[3] != 0) || (type == fragment && c.fragment_at))
            return Walk::foreign;
        if (type == fragment) {
            c.fragment_at = c.bytes;
            c.later = (ntohs(load16(header + 2)) & 0xfff8) != 0;
        }
        c.proto = header[0];
        c.bytes += length;
        if (c.later)
            return Walk::done;
    }
}

// What there may be behind the header of a later fragment, if it is of a flow. Its bytes are no header.
bool may_be_of_flow(uint8_t proto)
{
    return proto == proto_tcp || proto == proto_udp || proto == proto_icmp6 || proto == destination_options || proto == routing;
}

bool more_follow(const unsigned char *ip, const Chain &c)
{
    return c.fragment_at && (ip[c.fragment_at + 3] & 1) != 0;
}

}  // namespace

template <> PacketView6 view_packet_of<Address6>(const Packet *p, bool queries)
{
    PacketView6 v;
    memset(static_cast<void *>(&v), 0, sizeof(v));
    v.kind = PacketKind::malformed;
    if (!p->has_network_header() || p->network_header() < p->data() || p->end_data() < p->network_header())
        return v;
    const unsigned char *ip = p->network_header();
    const unsigned available = unsigned(p->end_data() - ip);
    if (available < ip6_header || ip[0] >> 4 != 6)
        return v;
    const unsigned payload = ntohs(load16(ip + payload_length_at));
    if (payload > available - ip6_header)
        return v;
    v.saddr = Address6::from_bytes(ip + 8);
    v.daddr = Address6::from_bytes(ip + 24);
    Chain c;
    const Walk end = walk(ip, ip6_header + payload, c);
    v.ip_bytes = uint16_t(c.bytes);
    v.transport_bytes = uint16_t(ip6_header + payload - c.bytes);
    v.more_fragments = more_follow(ip, c);
    if (end == Walk::cut)
        return v;
    const bool known = c.proto == proto_tcp || c.proto == proto_udp || c.proto == proto_icmp6;
    if (end == Walk::foreign || (c.later ? !may_be_of_flow(c.proto) : !known))
        v.kind = PacketKind::other;
    else if (c.later)
        v.kind = PacketKind::fragment;
    else
        view_transport(ip + c.bytes, ip6_header + payload - c.bytes, c.proto, queries, v);
    return v;
}

template <> FragmentPlace fragment_place<Address6>(const Packet *p)
{
    const unsigned char *ip = p->network_header();
    Chain c;
    walk(ip, ip6_header + ntohs(load16(ip + payload_length_at)), c);
    if (!c.fragment_at)
        return FragmentPlace{0, 0, false, c.proto};
    const unsigned char *header = ip + c.fragment_at;
    return FragmentPlace{load32(header + 4), uint16_t(ntohs(load16(header + 2)) & 0xfff8), more_follow(ip, c), c.proto};
}

// It may be cut anywhere, and something may follow it that is not of it (RFC 4884).
bool PacketFamily<Address6>::find_quoted(const unsigned char *quoted, unsigned bytes, TransportPlace &t)
{
    if (bytes < ip6_header || quoted[0] >> 4 != 6)
        return false;
    const unsigned whole = ip6_header + ntohs(load16(quoted + payload_length_at));
    if (bytes > whole)
        bytes = whole;
    Chain c;
    if (walk(quoted, bytes, c) != Walk::done || c.later)
        return false;
    t = TransportPlace{c.bytes, bytes - c.bytes, c.proto};
    return true;
}

}  // namespace mimi

ELEMENT_PROVIDES(PacketView6)
