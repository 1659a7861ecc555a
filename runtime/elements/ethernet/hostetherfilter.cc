// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "hostetherfilter.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <clicknet/ether.h>
#include <cstring>

int HostEtherFilter::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh)
        .read_mp("ETHER", _address)
        .read_p("DROP_OWN", _drop_own)
        .read_p("DROP_OTHER", _drop_other)
        .read("OFFSET", _offset)
        .complete();
}

Packet *HostEtherFilter::drop(Packet *packet)
{
    ++_drops;
    checked_output_push(1, packet);
    return nullptr;
}

Packet *HostEtherFilter::simple_action(Packet *packet)
{
    if (packet->length() < _offset + sizeof(click_ether))
        return drop(packet);
    const unsigned char *frame = packet->data() + _offset;
    const click_ether *header = reinterpret_cast<const click_ether *>(frame);
    packet->set_mac_header(frame);
    if (_drop_own && memcmp(header->ether_shost, _address.data(), 6) == 0)
        return drop(packet);
    if (memcmp(header->ether_dhost, _address.data(), 6) == 0) {
        packet->set_packet_type_anno(Packet::HOST);
    } else if (header->ether_dhost[0] & 1) {
        static const unsigned char everyone[6] = {255, 255, 255, 255, 255, 255};
        bool broadcast = memcmp(header->ether_dhost, everyone, 6) == 0;
        packet->set_packet_type_anno(broadcast ? Packet::BROADCAST : Packet::MULTICAST);
    } else {
        packet->set_packet_type_anno(Packet::OTHERHOST);
        if (_drop_other)
            return drop(packet);
    }
    return packet;
}

void HostEtherFilter::add_handlers()
{
    add_counter_handler(this, "drops", &_drops);
}

EXPORT_ELEMENT(HostEtherFilter)
