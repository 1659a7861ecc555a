// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "simplepullswitch.hh"
#include <click/args.hh>
#include <click/error.hh>

int SimplePullSwitch::configure(Vector<String> &conf, ErrorHandler *errh)
{
    int input = 0;
    if (Args(conf, this, errh).read_p("INPUT", input).complete() < 0)
        return -1;
    if (input >= ninputs())
        return errh->error("input must be < %d", ninputs());
    set_input(input);
    return 0;
}

Packet *SimplePullSwitch::pull(int)
{
    return _input >= 0 ? input(_input).pull() : nullptr;
}

PacketBatch *SimplePullSwitch::pull_batch(int, unsigned max)
{
    return _input >= 0 ? input(_input).pull_batch(max) : nullptr;
}

int SimplePullSwitch::write_handler(const String &text, Element *element, void *, ErrorHandler *errh)
{
    SimplePullSwitch *s = static_cast<SimplePullSwitch *>(element);
    int input;
    if (!IntArg().parse(text, input) || input >= s->ninputs())
        return errh->error("expected an integer below %d", s->ninputs());
    s->set_input(input);
    return 0;
}

void SimplePullSwitch::add_handlers()
{
    add_data_handlers("switch", Handler::OP_READ, &_input);
    add_write_handler("switch", write_handler);
}

EXPORT_ELEMENT(SimplePullSwitch)
