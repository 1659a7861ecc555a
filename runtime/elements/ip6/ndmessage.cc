// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ndmessage.hh"
#include <clicknet/ether.h>
#include <cstring>
#include "icmp6message.hh"

namespace {

const unsigned fixed = 24;   // the message up to its options
const unsigned option = 8;   // a link-layer address option for Ethernet
const uint8_t source_link = 1, target_link = 2;

// The link-layer address among the options; false if they are not sound.
bool read_options(const unsigned char *p, const unsigned char *end, uint8_t wanted, NdMessage &message)
{
    while (p != end) {
        if (end - p < 2 || p[1] == 0 || end - p < p[1] * 8)
            return false;
        if (p[0] == wanted && p[1] == 1) {
            message.link = EtherAddress(p + 2);
            message.tells_link = true;
        }
        p += p[1] * 8;
    }
    return true;
}

}  // namespace

IP6Address solicited_node(const IP6Address &address)
{
    IP6Address group;
    unsigned char *g = group.data();
    g[0] = 0xff;
    g[1] = 2;
    g[11] = 1;
    g[12] = 0xff;
    memcpy(g + 13, address.data() + 13, 3);
    return group;
}

EtherAddress group_ether(const IP6Address &group)
{
    unsigned char ether[6] = {0x33, 0x33, 0, 0, 0, 0};
    memcpy(ether + 2, group.data() + 12, 4);
    return EtherAddress(ether);
}

bool NdMessage::read(const Packet *frame, NdMessage &message)
{
    const unsigned before = sizeof(click_ether) + sizeof(click_ip6);
    if (frame->length() < before + fixed)
        return false;
    const click_ether *ether = reinterpret_cast<const click_ether *>(frame->data());
    const click_ip6 *ip = reinterpret_cast<const click_ip6 *>(ether + 1);
    const unsigned char *icmp = frame->data() + before;
    const unsigned length = ntohs(ip->ip6_plen);
    if (ether->ether_type != htons(ETHERTYPE_IP6) || ip->ip6_vfc >> 4 != 6 || ip->ip6_nxt != icmp6_proto || ip->ip6_hlim != 255)
        return false;
    if (length < fixed || length > frame->length() - before || (icmp[0] != solicitation && icmp[0] != advertisement) || icmp[1] != 0)
        return false;
    uint16_t sum;
    memcpy(&sum, icmp + 2, 2);
    message.kind = Kind(icmp[0]);
    message.flags = message.kind == advertisement ? icmp[4] : uint8_t(0);
    message.source = IP6Address(ip->ip6_src);
    message.destination = IP6Address(ip->ip6_dst);
    message.target = IP6Address(icmp + 8);
    message.sender = message.link = EtherAddress(ether->ether_shost);
    message.tells_link = false;
    const uint8_t wanted = message.kind == solicitation ? source_link : target_link;
    if (sum == 0)
        sum = 0xFFFF;  // the same number, and what icmp6_checksum() makes of it
    if (icmp6_checksum(ip, icmp, length) != sum || !read_options(icmp + fixed, icmp + length, wanted, message))
        return false;
    if (message.target.is_multicast() || message.source.is_multicast() || message.link.is_group() || message.sender.is_group())
        return false;
    if (message.kind == advertisement)
        return !(message.destination.is_multicast() && (message.flags & solicited));
    // Who has no address yet asks the group, and tells no link-layer address.
    return message.source || (!message.tells_link && message.destination == solicited_node(message.target));
}

WritablePacket *NdMessage::frame(const EtherAddress &to) const
{
    const unsigned length = fixed + option;
    WritablePacket *packet = make_icmp6(source, destination, length, 255);
    if (!packet)
        return nullptr;
    unsigned char *icmp = packet->network_header() + sizeof(click_ip6);
    icmp[0] = kind;
    icmp[4] = flags;
    memcpy(icmp + 8, target.data(), 16);
    icmp[fixed] = kind == solicitation ? source_link : target_link;
    icmp[fixed + 1] = 1;
    memcpy(icmp + fixed + 2, link.data(), 6);
    const uint16_t sum = icmp6_checksum(packet->ip6_header(), icmp, length);
    memcpy(icmp + 2, &sum, 2);
    packet = packet->push_mac_header(sizeof(click_ether));
    if (!packet)
        return nullptr;
    click_ether *ether = packet->ether_header();
    memcpy(ether->ether_dhost, to.data(), 6);
    memcpy(ether->ether_shost, link.data(), 6);
    ether->ether_type = htons(ETHERTYPE_IP6);
    return packet;
}
