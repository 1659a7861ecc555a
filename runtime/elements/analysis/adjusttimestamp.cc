// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "adjusttimestamp.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet_anno.hh>

int AdjustTimestamp::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh)
        .read_mp("TIME", TimestampArg(true), _delta)
        .read("FIRST", _first)
        .read("ALL", _all)
        .complete();
}

Packet *AdjustTimestamp::simple_action(Packet *packet)
{
    Timestamp &time = _first ? FIRST_TIMESTAMP_ANNO(packet) : packet->timestamp_anno();
    if (time || _all)
        time += _delta;
    return packet;
}

EXPORT_ELEMENT(AdjustTimestamp)
