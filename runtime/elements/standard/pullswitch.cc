// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "pullswitch.hh"
#include <click/router.hh>
#include <cstring>

void *PullSwitch::cast(const char *name)
{
    if (strcmp(name, Notifier::EMPTY_NOTIFIER) == 0)
        return static_cast<Notifier *>(&_note);
    return SimplePullSwitch::cast(name);
}

int PullSwitch::initialize(ErrorHandler *)
{
    _note.initialize(Notifier::EMPTY_NOTIFIER, router());
    _note.set_active(_input >= 0, false);
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

void PullSwitch::set_input(int input)
{
    SimplePullSwitch::set_input(input);
    if (_note.initialized())
        _note.set_active(input >= 0 && _signals[input], true);
}

EXPORT_ELEMENT(PullSwitch)
