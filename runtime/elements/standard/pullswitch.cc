// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "pullswitch.hh"
#include <click/args.hh>
#include <click/error.hh>

int PullSwitch::configure(Vector<String> &conf, ErrorHandler *errh)
{
    if (Args(conf, this, errh).read_p("INPUT", _input).complete() < 0)
        return -1;
    if (_input >= ninputs())
        return errh->error("input must be < %d", ninputs());
    return 0;
}

int PullSwitch::write_handler(const String &text, Element *element, void *, ErrorHandler *errh)
{
    PullSwitch *s = static_cast<PullSwitch *>(element);
    int input;
    if (!IntArg().parse(text, input) || input >= s->ninputs())
        return errh->error("expected an integer below %d", s->ninputs());
    s->_input = input;
    return 0;
}

void PullSwitch::add_handlers()
{
    add_data_handlers("switch", Handler::OP_READ, &_input);
    add_write_handler("switch", write_handler);
}

EXPORT_ELEMENT(PullSwitch)
