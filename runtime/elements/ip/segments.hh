// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_SEGMENTS_HH
#define MIMI_SEGMENTS_HH
#include <click/packet.hh>
#include <clicknet/ip.h>
#include <clicknet/tcp.h>
#include <clicknet/udp.h>

// True when the packet stands for several: its lengths exceed the link's limit until the device cuts it.
inline bool is_gso(const Packet *packet)
{
    return packet->offload().gso_type != 0;
}

// What is in front of the payload of each segment that the device makes of a packet: the headers up to the transport, which begins
// `transport_at` bytes behind the network header, and its own. Bytes; without TCP's options where they are not there.
inline unsigned segment_headers(const Packet *packet, unsigned transport_at, int proto)
{
    const bool tcp = proto == IP_PROTO_TCP && transport_at + sizeof(click_tcp) <= unsigned(packet->network_length());
    const unsigned transport = tcp ? unsigned(packet->network_header()[transport_at + 12] >> 4) * 4 : unsigned(sizeof(click_udp));
    return transport_at + transport;
}

#endif
