// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_TYPEOFSERVICE_HH
#define MIMI_TYPEOFSERVICE_HH
#include <click/glue.hh>
#include <click/packet.hh>
#include <clicknet/ip.h>

// Replaces the bits `mask` of an IPv4 packet's type of service by `value`; the header checksum follows. Consumes the packet;
// null when out of memory. A packet that has them already is not copied.
inline Packet *replace_tos_bits(Packet *packet, uint8_t mask, uint8_t value)
{
    if (!packet->has_network_header() || (packet->ip_header()->ip_tos & mask) == value)
        return packet;
    WritablePacket *result = packet->uniqueify();
    if (!result)
        return nullptr;
    click_ip *ip = result->ip_header();
    uint16_t *word = reinterpret_cast<uint16_t *>(ip);
    uint16_t before = *word;
    ip->ip_tos = (ip->ip_tos & ~mask) | value;
    click_update_in_cksum(&ip->ip_sum, before, *word);
    return result;
}

#endif
