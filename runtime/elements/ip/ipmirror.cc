// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ipmirror.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/ipaddress.hh>
#include <clicknet/ip.h>
#include <algorithm>
#include <utility>

int IPMirror::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read("DST_ANNO", _dst_anno).complete();
}

Packet *IPMirror::simple_action(Packet *packet)
{
    WritablePacket *writable = packet->uniqueify();
    if (!writable)
        return nullptr;
    click_ip *ip = writable->ip_header();
    std::swap(ip->ip_src, ip->ip_dst);
    if (_dst_anno)
        writable->set_dst_ip_anno(IPAddress(ip->ip_dst));
    bool ports = ip->ip_p == IP_PROTO_TCP || ip->ip_p == IP_PROTO_UDP;
    if (ports && IP_FIRSTFRAG(ip) && writable->transport_length() >= 8) {
        uint16_t *port = reinterpret_cast<uint16_t *>(writable->transport_header());
        std::swap(port[0], port[1]);
        // Sequence numbers change sides too: what was expected is what comes.
        if (ip->ip_p == IP_PROTO_TCP && writable->transport_length() >= 12)
            std::swap_ranges(writable->transport_header() + 4, writable->transport_header() + 8, writable->transport_header() + 8);
    }
    return writable;
}

EXPORT_ELEMENT(IPMirror)
