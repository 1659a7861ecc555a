// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "vlandecap.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet_anno.hh>
#include <cstring>

int VLANDecap::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_p("ANNO", _annotate).read("ETHERTYPE", _ethertype).complete();
}

Packet *VLANDecap::simple_action(Packet *packet)
{
    const unsigned char *frame = packet->data();
    unsigned type = packet->length() >= 18 ? frame[12] << 8 | frame[13] : 0;
    if (type != _ethertype) {
        if (_annotate)
            SET_VLAN_TCI_ANNO(packet, 0);
        return packet;
    }
    WritablePacket *result = packet->uniqueify();
    if (!result)
        return nullptr;
    if (_annotate) {
        uint16_t tci;
        memcpy(&tci, result->data() + 14, 2);
        SET_VLAN_TCI_ANNO(result, tci);
    }
    memmove(result->data() + 4, result->data(), 12);
    result->pull(4);
    result->set_mac_header(result->data());
    return result;
}

EXPORT_ELEMENT(VLANDecap)
