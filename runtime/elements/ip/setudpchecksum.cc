// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "setudpchecksum.hh"
#include <click/glue.hh>
#include <clicknet/ip.h>
#include <clicknet/udp.h>
#include "transportchecksum.hh"

Packet *SetUDPChecksum::simple_action(Packet *packet)
{
    WritablePacket *writable = packet->uniqueify();
    if (!writable)
        return nullptr;
    const click_ip *ip = writable->ip_header();
    unsigned length = writable->transport_length();
    bool sound = writable->has_transport_header() && ip->ip_p == IP_PROTO_UDP && !IP_ISFRAG(ip) && length >= sizeof(click_udp)
                 && (writable->offload().gso_type != 0 || ntohs(writable->udp_header()->uh_ulen) <= length);
    if (!sound) {
        checked_output_push(1, writable);
        return nullptr;
    }
    click_udp *udp = writable->udp_header();
    if (writable->offload().gso_type == 0)
        length = ntohs(udp->uh_ulen);
    set_transport_checksum(writable, &udp->uh_sum, length);
    return writable;
}

EXPORT_ELEMENT(SetUDPChecksum)
