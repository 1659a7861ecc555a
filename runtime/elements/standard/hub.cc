// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "hub.hh"

void Hub::push(int port, Packet *packet)
{
    int last = noutputs() - 1;
    if (last == port)
        --last;
    for (int i = 0; i < last; ++i)
        if (i != port)
            if (Packet *copy = packet->clone())
                output(i).push(copy);
    checked_output_push(last, packet);
}

EXPORT_ELEMENT(Hub)
