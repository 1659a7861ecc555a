// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "roundrobinsched.hh"

int RoundRobinSched::initialize(ErrorHandler *)
{
    for (int i = 0; i < ninputs(); ++i)
        _signals.push_back(Notifier::upstream_empty_signal(this, i));
    return 0;
}

Packet *RoundRobinSched::pull(int)
{
    for (int tried = 0, i = _next; tried < ninputs(); ++tried) {
        int at = i;
        i = i + 1 < ninputs() ? i + 1 : 0;
        Packet *packet = _signals[at] ? input(at).pull() : nullptr;
        if (packet) {
            _next = i;
            return packet;
        }
    }
    return nullptr;
}

EXPORT_ELEMENT(RoundRobinSched)
