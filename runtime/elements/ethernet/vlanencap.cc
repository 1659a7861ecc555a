// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "vlanencap.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet_anno.hh>
#include <cstring>

int VLANEncap::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String tci = "ANNO";
    int pcp = -1, id = -1;
    if (Args(conf, this, errh)
            .read_p("VLAN_TCI", WordArg(), tci)
            .read_p("VLAN_PCP", pcp)
            .read("VLAN_ID", id)
            .read("NATIVE_VLAN", _native)
            .read("ETHERTYPE", _ethertype)
            .complete() < 0)
        return -1;
    if (pcp > 7 || id > 4094)
        return errh->error(pcp > 7 ? "VLAN_PCP: expected 0 to 7" : "VLAN_ID: expected 0 to 4094");
    _from_annotation = tci.upper() == "ANNO" && id < 0;
    if (id >= 0)
        _tci = id;
    else if (!_from_annotation && !IntArg().parse(tci, _tci))
        return errh->error("VLAN_TCI: expected a number or ANNO");
    if (pcp >= 0)
        _tci = (_tci & 0x1FFF) | pcp << 13;
    return 0;
}

Packet *VLANEncap::simple_action(Packet *packet)
{
    uint16_t tci = _from_annotation ? ntohs(VLAN_TCI_ANNO(packet)) : _tci;
    if (_native >= 0 && (tci & 0xFFF) == _native)
        return packet;
    if (packet->length() < 12) {
        packet->kill();
        return nullptr;
    }
    WritablePacket *frame = packet->push(4);
    if (!frame)
        return nullptr;
    unsigned char *data = frame->data();
    memmove(data, data + 4, 12);
    uint16_t tag[2] = {htons(_ethertype), htons(tci)};
    memcpy(data + 12, tag, 4);
    frame->set_mac_header(data);
    return frame;
}

EXPORT_ELEMENT(VLANEncap)
