// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "idle.hh"
#include <click/router.hh>
#include <cstring>

void *Idle::cast(const char *name)
{
    if (strcmp(name, Notifier::EMPTY_NOTIFIER) == 0)
        return static_cast<Notifier *>(&_note);
    return BatchElement::cast(name);
}

int Idle::initialize(ErrorHandler *)
{
    _note.initialize(Notifier::EMPTY_NOTIFIER, router());
    _note.set_active(false);
    return 0;
}

void Idle::push(int, Packet *packet)
{
    packet->kill();
}

void Idle::push_batch(int, PacketBatch *batch)
{
    batch->kill();
}

EXPORT_ELEMENT(Idle)
