// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "pad.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet_anno.hh>
#include <cstring>

int Pad::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_p("LENGTH", _length).read("ZERO", _zero).complete();
}

Packet *Pad::simple_action(Packet *packet)
{
    unsigned missing = _length > packet->length() ? _length - packet->length() : 0;
    if (_length == 0)
        missing = EXTRA_LENGTH_ANNO(packet);
    SET_EXTRA_LENGTH_ANNO(packet, 0);
    if (missing == 0)
        return packet;
    WritablePacket *longer = packet->put(missing);
    if (longer && _zero)
        memset(longer->end_data() - missing, 0, missing);
    return longer;
}

EXPORT_ELEMENT(Pad)
