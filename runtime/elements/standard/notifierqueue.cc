// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "notifierqueue.hh"
#include <cstring>

void *NotifierQueue::cast(const char *name)
{
    return strcmp(name, Notifier::FULL_NOTIFIER) == 0 ? nullptr : Queue::cast(name);
}

EXPORT_ELEMENT(NotifierQueue)
