// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "shaper.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet.hh>

bool Shaper::parse_rate(const String &text, unsigned &rate, ErrorHandler *errh) const
{
    return IntArg().parse(text, rate) || (errh->error("RATE: expected integer"), false);
}

int Shaper::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String text;
    unsigned rate;
    if (Args(conf, this, errh).read_mp("RATE", AnyArg(), text).complete() < 0 || !parse_rate(text, rate, errh))
        return -1;
    _rate.set_rate(rate, errh);
    return 0;
}

Packet *Shaper::pull(int port)
{
    bool due = _rate.need_update(Timestamp::now());
    if (due != (port == 0))
        return nullptr;
    Packet *packet = input(0).pull();
    if (packet && port == 0)
        _rate.update_with(cost(packet));
    return packet;
}

String Shaper::rate_handler(Element *element, void *)
{
    return String(static_cast<Shaper *>(element)->_rate.rate());
}

int Shaper::write_handler(const String &text, Element *element, void *reset, ErrorHandler *errh)
{
    Shaper *s = static_cast<Shaper *>(element);
    unsigned rate;
    if (reset)
        s->_rate.reset();
    else if (!s->parse_rate(text, rate, errh))
        return -1;
    else
        s->_rate.set_rate(rate, errh);
    return 0;
}

void Shaper::add_handlers()
{
    add_read_handler("rate", rate_handler);
    add_write_handler("rate", write_handler, 0);
    add_write_handler("reset", write_handler, 1, Handler::BUTTON);
}

EXPORT_ELEMENT(Shaper)
