// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "settimestampdelta.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet_anno.hh>

int SetTimestampDelta::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String type = "RANGE";
    if (Args(conf, this, errh).read("TYPE", WordArg(), type).complete() < 0)
        return -1;
    type = type.upper();
    if (type != "RANGE" && type != "NOW" && type != "FIRST")
        return errh->error("TYPE: expected RANGE, NOW or FIRST");
    _type = type == "RANGE" ? since_start : type == "NOW" ? until_now : since_first;
    return 0;
}

Packet *SetTimestampDelta::simple_action(Packet *packet)
{
    Timestamp &time = packet->timestamp_anno();
    if (!time)
        return packet;
    if (!_start)
        _start = time;
    if (_type == until_now)
        time = Timestamp::now() - time;
    else
        time -= _type == since_start ? _start : FIRST_TIMESTAMP_ANNO(packet);
    return packet;
}

int SetTimestampDelta::reset_handler(const String &, Element *element, void *, ErrorHandler *)
{
    static_cast<SetTimestampDelta *>(element)->_start = Timestamp();
    return 0;
}

void SetTimestampDelta::add_handlers()
{
    add_data_handlers("first", Handler::OP_READ, &_start);
    add_write_handler("reset", reset_handler, 0, Handler::BUTTON);
}

EXPORT_ELEMENT(SetTimestampDelta)
