// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_ICMP6MESSAGE_HH
#define MIMI_ICMP6MESSAGE_HH
#include <click/ip6address.hh>
#include <click/packet.hh>
#include <clicknet/ip6.h>

// ICMPv6 messages (RFC 4443), found in packets and put into packets.

enum : uint8_t {
    icmp6_proto = 58,
    icmp6_unreachable = 1, icmp6_too_big = 2, icmp6_time_exceeded = 3, icmp6_parameter_problem = 4,
    icmp6_echo = 128, icmp6_echo_reply = 129, icmp6_redirect = 137
};

struct Icmp6Place {
    const unsigned char *message;
    unsigned length;  // 0: the packet has none
};

// The message of an IPv6 packet whose network header is set, behind its extension headers.
Icmp6Place find_icmp6(const Packet *packet);

// The checksum to be stored in the message at `icmp`, whatever is there now.
uint16_t icmp6_checksum(const click_ip6 *ip, const unsigned char *icmp, unsigned length);

// A new packet with headroom for a link: header and `length` zero bytes of ICMPv6, the addresses set. Null: no memory.
WritablePacket *make_icmp6(const IP6Address &source, const IP6Address &destination, unsigned length, uint8_t hop_limit);

#endif
