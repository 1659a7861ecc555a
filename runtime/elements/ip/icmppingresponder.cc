// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "icmppingresponder.hh"
#include <click/glue.hh>
#include <click/ipaddress.hh>
#include <clicknet/icmp.h>
#include <clicknet/ip.h>
#include <utility>

Packet *ICMPPingResponder::simple_action(Packet *packet)
{
    const click_ip *ip = packet->ip_header();
    if (!packet->has_network_header() || ip->ip_p != IP_PROTO_ICMP || !IP_FIRSTFRAG(ip) || packet->transport_length() < 8
        || packet->icmp_header()->icmp_type != ICMP_ECHO) {
        checked_output_push(1, packet);
        return nullptr;
    }
    WritablePacket *reply = packet->uniqueify();
    if (!reply)
        return nullptr;
    click_ip *header = reply->ip_header();
    std::swap(header->ip_src, header->ip_dst);
    header->ip_ttl = 255;
    header->ip_off &= ~htons(IP_DF);
    header->ip_sum = 0;
    header->ip_sum = click_in_cksum(reinterpret_cast<unsigned char *>(header), header->ip_hl * 4);
    click_icmp *icmp = reply->icmp_header();
    click_update_in_cksum(&icmp->icmp_cksum, htons(ICMP_ECHO << 8 | icmp->icmp_code), htons(ICMP_ECHOREPLY << 8));
    icmp->icmp_type = ICMP_ECHOREPLY;
    icmp->icmp_code = 0;
    // A message of nothing but zeros.
    click_update_zero_in_cksum(&icmp->icmp_cksum, reply->transport_header(), reply->transport_length());
    reply->set_dst_ip_anno(IPAddress(header->ip_dst));
    reply->set_packet_type_anno(Packet::HOST);
    ++_replies;
    return reply;
}

EXPORT_ELEMENT(ICMPPingResponder)
