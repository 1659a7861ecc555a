// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ipinputcombo.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <clicknet/ether.h>

int IPInputCombo::configure(Vector<String> &conf, ErrorHandler *errh)
{
    if (Args(this, errh).bind(conf).read_mp("COLOR", _color).consume() < 0)
        return -1;
    return CheckIPHeader::configure(conf, errh);
}

Packet *IPInputCombo::simple_action(Packet *packet)
{
    SET_PAINT_ANNO(packet, _color);
    if (packet->length() < sizeof(click_ether))
        return drop(too_short, packet);
    packet->pull(sizeof(click_ether));
    return CheckIPHeader::simple_action(packet);
}

void IPInputCombo::push(int, Packet *packet)
{
    if (Packet *result = simple_action(packet))
        output(0).push(result);
}

Packet *IPInputCombo::pull(int)
{
    Packet *packet = input(0).pull();
    return packet ? simple_action(packet) : nullptr;
}

PacketBatch *IPInputCombo::simple_action_batch(PacketBatch *batch)
{
    EXECUTE_FOR_EACH_PACKET_DROPPABLE(IPInputCombo::simple_action, batch, [](Packet *) {});
    return batch;
}

EXPORT_ELEMENT(IPInputCombo)
