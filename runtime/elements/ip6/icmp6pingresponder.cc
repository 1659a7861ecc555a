// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "icmp6pingresponder.hh"
#include <click/glue.hh>
#include <click/ip6address.hh>
#include "icmp6message.hh"

Packet *ICMP6PingResponder::simple_action(Packet *packet)
{
    const Icmp6Place place = find_icmp6(packet);
    const click_ip6 *ip = packet->ip6_header();
    const bool asked = place.length >= 8 && place.message[0] == icmp6_echo && place.message[1] == 0;
    if (!asked || IP6Address(ip->ip6_dst).is_multicast() || IP6Address(ip->ip6_src).is_multicast() || !IP6Address(ip->ip6_src)) {
        ++_drops;
        checked_output_push(1, packet);
        return nullptr;
    }
    const ptrdiff_t at = place.message - packet->network_header();
    WritablePacket *reply = packet->uniqueify();
    if (!reply)
        return nullptr;
    click_ip6 *header = reply->ip6_header();
    std::swap(header->ip6_src, header->ip6_dst);
    header->ip6_hlim = 64;
    unsigned char *message = reply->network_header() + at;
    message[0] = icmp6_echo_reply;
    uint16_t sum;  // the addresses have changed places: their sum has not
    memcpy(&sum, message + 2, 2);
    click_update_in_cksum(&sum, htons(icmp6_echo << 8), htons(icmp6_echo_reply << 8));
    memcpy(message + 2, &sum, 2);
    reply->set_dst_ip6_anno(IP6Address(header->ip6_dst));
    reply->set_packet_type_anno(Packet::HOST);
    ++_replies;
    return reply;
}

void ICMP6PingResponder::add_handlers()
{
    add_counter_handler(this, "replies", &_replies);
    add_counter_handler(this, "drops", &_drops);
}

EXPORT_ELEMENT(ICMP6PingResponder)
