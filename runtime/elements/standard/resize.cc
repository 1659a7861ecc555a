// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "resize.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <algorithm>

int Resize::configure(Vector<String> &conf, ErrorHandler *errh)
{
    int head = 0, tail = 0;
    if (Args(conf, this, errh).read_p("HEAD", head).read_p("TAIL", tail).complete() < 0)
        return -1;
    if (std::max(std::abs(head), std::abs(tail)) > 65535)
        return errh->error("expected at most 65535 bytes");
    _head = head;
    _tail = tail;
    return 0;
}

Packet *Resize::simple_action(Packet *packet)
{
    if (_head > 0)
        packet = packet->nonunique_push(_head);
    else if (_head < 0)
        packet->pull(std::min<unsigned>(-_head, packet->length()));
    if (!packet)
        return nullptr;
    if (_tail > 0)
        packet = packet->nonunique_put(_tail);
    else if (_tail < 0)
        packet->take(std::min<unsigned>(-_tail, packet->length()));
    return packet;
}

void Resize::add_handlers()
{
    for (const char *keyword : {"0 HEAD", "1 TAIL"}) {
        String name = String(keyword + 2).lower();
        add_read_handler(name, read_keyword_handler, keyword);
        add_write_handler(name, reconfigure_keyword_handler, keyword);
    }
}

EXPORT_ELEMENT(Resize)
