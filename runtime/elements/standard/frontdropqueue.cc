// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "frontdropqueue.hh"
#include <cstring>

// Never full for those who ask.
void *FrontDropQueue::cast(const char *name)
{
    return strcmp(name, Notifier::FULL_NOTIFIER) == 0 ? nullptr : Queue::cast(name);
}

void FrontDropQueue::push(int port, Packet *packet)
{
    if (is_full() && !empty())
        overflow(take_front());
    Queue::push(port, packet);
}

EXPORT_ELEMENT(FrontDropQueue)
