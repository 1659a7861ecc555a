// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ipmirror.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/ipaddress.hh>
#include <clicknet/ip.h>
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
    if (ports && IP_FIRSTFRAG(ip) && writable->transport_length() >= 4) {
        uint16_t *port = reinterpret_cast<uint16_t *>(writable->transport_header());
        std::swap(port[0], port[1]);
    }
    return writable;
}

EXPORT_ELEMENT(IPMirror)
