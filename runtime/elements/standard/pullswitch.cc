// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "pullswitch.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/router.hh>
#include <cstring>

int PullSwitch::configure(Vector<String> &conf, ErrorHandler *errh)
{
    if (Args(conf, this, errh).read_p("INPUT", _input).complete() < 0)
        return -1;
    if (_input >= ninputs())
        return errh->error("input must be < %d", ninputs());
    return 0;
}

void *PullSwitch::cast(const char *name)
{
    if (strcmp(name, Notifier::EMPTY_NOTIFIER) == 0)
        return static_cast<Notifier *>(&_note);
    return BatchElement::cast(name);
}

int PullSwitch::initialize(ErrorHandler *)
{
    _note.initialize(Notifier::EMPTY_NOTIFIER, router());
    for (int i = 0; i < ninputs(); ++i)
        _signals.push_back(Notifier::upstream_empty_signal(this, i, &_note));
    return 0;
}

// Whether it is worth pulling; who pulled in vain may sleep until the choice, or the chosen input, changes.
bool PullSwitch::awake()
{
    bool active = _input >= 0 && _signals[_input];
    _note.set_active(active, false);
    return active;
}

Packet *PullSwitch::pull(int)
{
    return awake() ? input(_input).pull() : nullptr;
}

PacketBatch *PullSwitch::pull_batch(int, unsigned max)
{
    return awake() ? input(_input).pull_batch(max) : nullptr;
}

int PullSwitch::write_handler(const String &text, Element *element, void *, ErrorHandler *errh)
{
    PullSwitch *s = static_cast<PullSwitch *>(element);
    int input;
    if (!IntArg().parse(text, input) || input >= s->ninputs())
        return errh->error("expected an integer below %d", s->ninputs());
    s->_input = input;
    s->_note.set_active(input >= 0 && s->_signals[input], true);
    return 0;
}

void PullSwitch::add_handlers()
{
    add_data_handlers("switch", Handler::OP_READ, &_input);
    add_write_handler("switch", write_handler);
}

EXPORT_ELEMENT(PullSwitch)
