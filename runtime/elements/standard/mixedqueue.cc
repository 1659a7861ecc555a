// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "mixedqueue.hh"

void MixedQueue::push(int port, Packet *packet)
{
    if (port == 0) {
        Queue::push(port, packet);
        return;
    }
    if (capacity() == 0) {
        overflow(packet);
        return;
    }
    if (is_full())
        overflow(take_back());
    put_front(packet);
}

void MixedQueue::push_batch(int port, PacketBatch *batch)
{
    if (port == 0)
        Queue::push_batch(port, batch);
    else
        Element::push_batch(port, batch);
}

EXPORT_ELEMENT(MixedQueue)
