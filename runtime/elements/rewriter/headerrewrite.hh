// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_HEADERREWRITE_HH
#define MIMI_HEADERREWRITE_HH
#include <click/packet.hh>
#include <clicknet/ip.h>
#include <clicknet/tcp.h>
#include <mimi/checksumdelta.hh>
#include "elements/flowbinding.hh"

// Giving a packet other addresses and ports. The headers must be marked; `from` is what they say now.

namespace mimi {

const int tcp_checksum_end = 18, udp_header_bytes = 8;

// The tuple of a packet that is no later fragment and has its whole UDP header, or as much of its TCP header.
inline bool read_tuple(const Packet *p, FlowTuple &tuple)
{
    if (!p->has_network_header() || p->transport_length() < udp_header_bytes || !IP_FIRSTFRAG(p->ip_header()))
        return false;
    const unsigned char *ip = p->network_header(), *ports = p->transport_header();
    tuple = FlowTuple{load32(ip + 12), load32(ip + 16), load16(ports), load16(ports + 2)};
    return true;
}

// What the checksums have to change by.
inline uint32_t change_of_addresses(const FlowTuple &from, const FlowTuple &to)
{
    return change32(from.saddr, to.saddr) + change32(from.daddr, to.daddr);
}

inline uint32_t change_of_ports(const FlowTuple &from, const FlowTuple &to)
{
    return change16(from.sport, to.sport) + change16(from.dport, to.dport);
}

inline void rewrite_addresses(WritablePacket *p, const FlowTuple &to, uint32_t addresses)
{
    unsigned char *ip = p->network_header();
    store32(ip + 12, to.saddr);
    store32(ip + 16, to.daddr);
    update_sum(ip + 10, addresses);
}

// The transport checksum, if it is there, follows its pseudo-header (`addresses`) and what else has changed.
inline void follow_transport(WritablePacket *p, uint32_t addresses, uint32_t others)
{
    const uint8_t proto = p->ip_header()->ip_p;
    const bool tcp = proto == IP_PROTO_TCP;
    if ((!tcp && proto != IP_PROTO_UDP) || p->transport_length() < (tcp ? tcp_checksum_end : udp_header_bytes))
        return;
    unsigned char *sum = p->transport_header() + (tcp ? 16 : 6);
    if (p->csum_partial())
        update_partial(sum, addresses);
    else if (tcp)
        update_sum(sum, addresses + others);
    else
        update_udp_sum(sum, addresses + others);
}

// Any packet; ports stay.
inline void rewrite_addresses_only(WritablePacket *p, const FlowTuple &from, const FlowTuple &to)
{
    if (from.saddr == to.saddr && from.daddr == to.daddr)
        return;
    const uint32_t addresses = change_of_addresses(from, to);
    rewrite_addresses(p, to, addresses);
    if (IP_FIRSTFRAG(p->ip_header()))
        follow_transport(p, addresses, 0);
}

// A first fragment with both ports.
inline void rewrite_tuple(WritablePacket *p, const FlowTuple &from, const FlowTuple &to)
{
    if (from == to)
        return;
    const uint32_t addresses = change_of_addresses(from, to);
    rewrite_addresses(p, to, addresses);
    unsigned char *transport = p->transport_header();
    store16(transport, to.sport);
    store16(transport + 2, to.dport);
    follow_transport(p, addresses, change_of_ports(from, to));
}

}  // namespace mimi
#endif
