// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ethervlanencap.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/etheraddress.hh>
#include <cstring>

int EtherVLANEncap::configure(Vector<String> &conf, ErrorHandler *errh)
{
    uint16_t type;
    EtherAddress source, destination;
    VlanTag tag;
    int native = 0;
    Args args(conf, this, errh);
    args.read_mp("ETHERTYPE", type).read_mp("SRC", source).read_mp("DST", destination);
    tag.read(args);
    if (args.read("NATIVE_VLAN", native).complete() < 0 || tag.finish(errh) < 0)
        return -1;
    if (native > 4095)
        return errh->error("NATIVE_VLAN: expected at most 4095");
    memcpy(_header.ether_shost, source.data(), 6);
    memcpy(_header.ether_dhost, destination.data(), 6);
    _header.ether_vlan_proto = htons(ETHERTYPE_8021Q);
    _header.ether_vlan_encap_proto = htons(type);
    _tag = tag;
    _native = native;
    return 0;
}

Packet *EtherVLANEncap::simple_action(Packet *packet)
{
    uint16_t tci = _tag.of(packet);
    bool plain = (tci & 0xFFF) == _native;
    WritablePacket *result = packet->push_mac_header(plain ? sizeof(click_ether) : sizeof(click_ether_vlan));
    if (!result)
        return nullptr;
    if (plain) {
        click_ether *header = reinterpret_cast<click_ether *>(result->data());
        memcpy(header, &_header, 2 * sizeof(header->ether_dhost));
        header->ether_type = _header.ether_vlan_encap_proto;
    } else {
        click_ether_vlan *header = reinterpret_cast<click_ether_vlan *>(result->data());
        *header = _header;
        header->ether_vlan_tci = htons(tci);
    }
    return result;
}

void EtherVLANEncap::add_handlers()
{
    static const char *const keywords[][2] = {
        {"ethertype", "0 ETHERTYPE"}, {"src", "1 SRC"}, {"dst", "2 DST"}, {"native_vlan", "NATIVE_VLAN"}};
    for (const auto &[name, keyword] : keywords) {
        add_read_handler(name, read_keyword_handler, keyword);
        add_write_handler(name, reconfigure_keyword_handler, keyword);
    }
    VlanTag::add_handlers(this, "3 VLAN_TCI", "4 VLAN_PCP");
}

EXPORT_ELEMENT(EtherVLANEncap)
