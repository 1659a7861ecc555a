// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "markedip.hh"
#include <click/ipaddress.hh>
#include <click/packet_anno.hh>
#include <clicknet/ip.h>
#include <clicknet/ip6.h>

bool mark_as_ip(Packet *packet)
{
    uint32_t length = packet->length();
    if (length < 1)
        return false;
    int version = *packet->data() >> 4;
    if (version == 6 && length >= sizeof(click_ip6)) {
        packet->set_ip6_header(reinterpret_cast<const click_ip6 *>(packet->data()));
        return true;
    }
    if (version != 4 || length < sizeof(click_ip))
        return false;
    const click_ip *ip = reinterpret_cast<const click_ip *>(packet->data());
    uint32_t header_length = ip->ip_hl * 4, total = ntohs(ip->ip_len);
    if (header_length < sizeof(click_ip) || header_length > length || (total && total < header_length)
        || total > length + EXTRA_LENGTH_ANNO(packet))
        return false;
    packet->set_ip_header(ip, header_length);
    packet->set_dst_ip_anno(IPAddress(ip->ip_dst));
    return true;
}
