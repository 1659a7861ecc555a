// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "quicknotequeue.hh"

void QuickNoteQueue::note_empty()
{
    if (empty())
        pulled(false, true);
}

Packet *QuickNoteQueue::pull(int port)
{
    Packet *packet = Queue::pull(port);
    if (packet)
        note_empty();
    return packet;
}

PacketBatch *QuickNoteQueue::pull_batch(int port, unsigned max)
{
    PacketBatch *batch = Queue::pull_batch(port, max);
    if (batch)
        note_empty();
    return batch;
}

EXPORT_ELEMENT(QuickNoteQueue)
