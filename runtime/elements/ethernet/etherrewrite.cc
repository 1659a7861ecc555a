// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "etherrewrite.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <cstring>

int EtherRewrite::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_mp("SRC", _source).read_mp("DST", _destination).complete();
}

Packet *EtherRewrite::simple_action(Packet *packet)
{
    if (packet->length() < 12) {
        packet->kill();
        return nullptr;
    }
    WritablePacket *frame = packet->uniqueify();
    if (!frame)
        return nullptr;
    memcpy(frame->data(), _destination.data(), 6);
    memcpy(frame->data() + 6, _source.data(), 6);
    return frame;
}

void EtherRewrite::add_handlers()
{
    add_data_handlers("src", Handler::OP_READ | Handler::OP_WRITE, &_source);
    add_data_handlers("dst", Handler::OP_READ | Handler::OP_WRITE, &_destination);
}

EXPORT_ELEMENT(EtherRewrite)
