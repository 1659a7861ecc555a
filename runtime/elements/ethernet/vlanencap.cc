// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "vlanencap.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <cstring>

int VLANEncap::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Args args(conf, this, errh);
    _tag.read(args);
    if (args.read("NATIVE_VLAN", _native).read("ETHERTYPE", _ethertype).complete() < 0 || _tag.finish(errh) < 0)
        return -1;
    _tci = _tag.tci();
    return 0;
}

Packet *VLANEncap::simple_action(Packet *packet)
{
    uint16_t tci = _tag.of(packet);
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
