// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "setipchecksum.hh"
#include <click/glue.hh>
#include <clicknet/ip.h>

Packet *SetIPChecksum::simple_action(Packet *packet)
{
    WritablePacket *writable = packet->uniqueify();
    if (!writable)
        return nullptr;
    int available = writable->network_length();
    click_ip *ip = writable->ip_header();
    if (!writable->has_network_header() || available < 20 || ip->ip_hl < 5 || ip->ip_hl * 4 > available) {
        writable->kill();
        return nullptr;
    }
    ip->ip_sum = 0;
    ip->ip_sum = click_in_cksum(reinterpret_cast<unsigned char *>(ip), ip->ip_hl * 4);
    return writable;
}

EXPORT_ELEMENT(SetIPChecksum)
