// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ratedsplitter.hh"
#include <click/args.hh>
#include <click/error.hh>

int RatedSplitter::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Args args(conf, this, errh);
    _limit.read(args);
    if (args.complete() < 0)
        return -1;
    _limit.set_rate(_limit.rate());
    return 0;
}

int RatedSplitter::initialize(ErrorHandler *)
{
    _limit.start();
    return 0;
}

void RatedSplitter::push(int, Packet *packet)
{
    if (_limit.open()) {
        _limit.charge(packet);
        output(0).push(packet);
    } else {
        checked_output_push(1, packet);
    }
}

String RatedSplitter::rate_handler(Element *element, void *)
{
    return static_cast<RatedSplitter *>(element)->_limit.unparse_rate();
}

int RatedSplitter::write_rate_handler(const String &text, Element *element, void *, ErrorHandler *errh)
{
    RatedSplitter *s = static_cast<RatedSplitter *>(element);
    uint32_t rate;
    if (!s->_limit.parse_rate(text, rate, s, errh))
        return -1;
    s->_limit.set_rate(rate);
    return 0;
}

void RatedSplitter::add_handlers()
{
    add_read_handler("rate", rate_handler);
    add_write_handler("rate", write_rate_handler);
}

EXPORT_ELEMENT(RatedSplitter)
