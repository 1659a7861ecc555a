// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "clipboard.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <algorithm>
#include <cstring>

int Clipboard::configure(Vector<String> &conf, ErrorHandler *errh)
{
    if (conf.size() == 0)
        return errh->error("expected at least one OFFSET/LENGTH");
    std::vector<Range> ranges;
    for (int i = 0; i < conf.size(); ++i) {
        int slash = conf[i].find_left('/');
        Range range;
        if (slash < 0 || !IntArg().parse(conf[i].substring(0, slash), range.offset)
            || !IntArg().parse(conf[i].substring(slash + 1), range.length) || range.offset > 65535 || range.length > 65535)
            return errh->error("argument %d: expected OFFSET/LENGTH, each at most 65535", i);
        range.bytes.resize(range.length);
        ranges.push_back(range);
    }
    _ranges.swap(ranges);
    return 0;
}

void Clipboard::copy(const Packet *packet)
{
    for (Range &range : _ranges)
        if (range.offset < packet->length())
            memcpy(range.bytes.data(), packet->data() + range.offset, std::min(range.length, packet->length() - range.offset));
}

Packet *Clipboard::paste(Packet *packet) const
{
    WritablePacket *result = packet->uniqueify();
    if (!result)
        return nullptr;
    for (const Range &range : _ranges)
        if (range.offset < result->length())
            memcpy(result->data() + range.offset, range.bytes.data(), std::min(range.length, result->length() - range.offset));
    return result;
}

Packet *Clipboard::handle(int port, Packet *packet)
{
    if (port == 1)
        return paste(packet);
    copy(packet);
    return packet;
}

void Clipboard::push(int port, Packet *packet)
{
    if ((packet = handle(port, packet)))
        output(port).push(packet);
}

Packet *Clipboard::pull(int port)
{
    Packet *packet = input(port).pull();
    return packet ? handle(port, packet) : nullptr;
}

EXPORT_ELEMENT(Clipboard)
