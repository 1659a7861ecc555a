// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "stripethervlanheader.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <click/packet_anno.hh>
#include <clicknet/ether.h>
#include <cstring>

int StripEtherVLANHeader::configure(Vector<String> &conf, ErrorHandler *errh)
{
    int native = 0;
    if (Args(conf, this, errh).read_p("NATIVE_VLAN", native).complete() < 0)
        return -1;
    if (native > 4095)
        return errh->error("NATIVE_VLAN: expected at most 4095");
    _native = native;
    return 0;
}

Packet *StripEtherVLANHeader::simple_action(Packet *packet)
{
    const click_ether_vlan *header = reinterpret_cast<const click_ether_vlan *>(packet->data());
    bool whole = packet->length() >= sizeof(click_ether);
    bool tagged = whole && header->ether_vlan_proto == htons(ETHERTYPE_8021Q);
    if (!whole || (tagged ? packet->length() < sizeof(click_ether_vlan) : _native < 0)) {
        checked_output_push(1, packet);
        return nullptr;
    }
    packet->set_mac_header(packet->data());
    SET_VLAN_TCI_ANNO(packet, tagged ? header->ether_vlan_tci : htons(_native));
    packet->pull(tagged ? sizeof(click_ether_vlan) : sizeof(click_ether));
    return packet;
}

void StripEtherVLANHeader::add_handlers()
{
    add_read_handler("native_vlan", read_keyword_handler, "0 NATIVE_VLAN");
    add_write_handler("native_vlan", reconfigure_keyword_handler, "0 NATIVE_VLAN");
}

EXPORT_ELEMENT(StripEtherVLANHeader)
