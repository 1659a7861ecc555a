// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ipoutputcombo.hh"
#include <click/args.hh>
#include <click/batchbuilder.hh>
#include <click/error.hh>
#include <click/packet_anno.hh>
#include "timetolive.hh"
#include "transportchecksum.hh"

int IPOutputCombo::configure(Vector<String> &conf, ErrorHandler *errh)
{
    if (Args(conf, this, errh).read_mp("COLOR", _color).read_mp("IPADDR", _address).read_mp("MTU", _mtu).complete() < 0)
        return -1;
    _options = RouterOptions(_address);
    return 0;
}

IPOutputCombo::Output IPOutputCombo::treat(Packet *&packet)
{
    int type = packet->packet_type_anno();
    if (type == Packet::BROADCAST || type == Packet::MULTICAST || !packet->has_network_header()) {
        ++_drops;
        packet->kill();
        packet = nullptr;
        return to_link;
    }
    if (PAINT_ANNO(packet) == _color)
        if (Packet *copy = packet->clone())
            output(to_redirect).push(copy);
    WritablePacket *writable = packet->uniqueify();
    packet = writable;
    if (!writable)
        return to_link;
    if (int problem = _options.handle(writable)) {
        SET_ICMP_PARAMPROB_ANNO(writable, problem);
        return bad_options;
    }
    click_ip *ip = writable->ip_header();
    if (FIX_IP_SRC_ANNO(writable)) {
        SET_FIX_IP_SRC_ANNO(writable, 0);
        rewrite_address(writable, &ip->ip_src, _address.addr());
    }
    if (ip->ip_ttl <= 1)
        return time_is_up;
    lower_ttl(ip);
    return writable->length() > _mtu ? too_long : to_link;
}

void IPOutputCombo::push(int, Packet *packet)
{
    Output where = treat(packet);
    if (packet)
        output(where).push(packet);
}

void IPOutputCombo::push_batch(int, PacketBatch *batch)
{
    PacketList lists[noutputs_here];
    FOR_EACH_PACKET_SAFE(batch, next) {
        Packet *packet = next;
        packet->set_next(nullptr);
        Output where = treat(packet);
        if (packet)
            lists[where].append(packet);
    }
    for (int i = 0; i < noutputs_here; ++i)
        if (PacketBatch *some = lists[i].finish())
            output(i).push_batch(some);
}

EXPORT_ELEMENT(IPOutputCombo)
