// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "priosched.hh"

int PrioSched::initialize(ErrorHandler *)
{
    for (int i = 0; i < ninputs(); ++i)
        _signals.push_back(Notifier::upstream_empty_signal(this, i));
    return 0;
}

Packet *PrioSched::pull(int)
{
    for (int i = 0; i < ninputs(); ++i)
        if (_signals[i])
            if (Packet *packet = input(i).pull())
                return packet;
    return nullptr;
}

EXPORT_ELEMENT(PrioSched)
