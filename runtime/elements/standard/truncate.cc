// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "truncate.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet_anno.hh>

int Truncate::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_mp("LENGTH", _length).read("EXTRA_ANNO", _extra).complete();
}

Packet *Truncate::simple_action(Packet *packet)
{
    if (packet->length() <= _length)
        return packet;
    unsigned cut = packet->length() - _length;
    if (_extra)
        SET_EXTRA_LENGTH_ANNO(packet, EXTRA_LENGTH_ANNO(packet) + cut);
    packet->take(cut);
    return packet;
}

EXPORT_ELEMENT(Truncate)
