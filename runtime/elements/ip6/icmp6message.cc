// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "icmp6message.hh"
#include <cstring>

Icmp6Place find_icmp6(const Packet *packet)
{
    const unsigned bytes = packet->network_length() > 0 ? unsigned(packet->network_length()) : 0;
    int proto = 0;
    if (bytes < sizeof(click_ip6))
        return Icmp6Place{nullptr, 0};
    const unsigned at = ip6_header_length(packet->ip6_header(), bytes, proto);
    if (proto != icmp6_proto || at > bytes)
        return Icmp6Place{nullptr, 0};
    return Icmp6Place{packet->network_header() + at, bytes - at};
}

uint16_t icmp6_checksum(const click_ip6 *ip, const unsigned char *icmp, unsigned length)
{
    uint16_t old;
    memcpy(&old, icmp + 2, 2);
    return in6_fast_cksum(&ip->ip6_src, &ip->ip6_dst, htons(uint16_t(length)), icmp6_proto, old, icmp, htons(uint16_t(length)));
}

WritablePacket *make_icmp6(const IP6Address &source, const IP6Address &destination, unsigned length, uint8_t hop_limit)
{
    WritablePacket *packet = Packet::make(Packet::default_headroom, nullptr, unsigned(sizeof(click_ip6)) + length, 0);
    if (!packet)
        return nullptr;
    memset(packet->data(), 0, packet->length());
    click_ip6 *ip = reinterpret_cast<click_ip6 *>(packet->data());
    packet->set_ip6_header(ip);
    ip->ip6_flow = htonl(6u << IP6_V_SHIFT);
    ip->ip6_plen = htons(uint16_t(length));
    ip->ip6_nxt = icmp6_proto;
    ip->ip6_hlim = hop_limit;
    ip->ip6_src = source.in6_addr();
    ip->ip6_dst = destination.in6_addr();
    packet->set_dst_ip6_anno(destination);
    return packet;
}
