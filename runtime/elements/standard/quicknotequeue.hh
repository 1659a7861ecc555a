// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_QUICKNOTEQUEUE_HH
#define CLICK_QUICKNOTEQUEUE_HH
#include "queue.hh"

// =Element QuickNoteQueue([CAPACITY])
// =Summary as Queue, but pullers sleep as soon as the last packet is gone, without asking once more
// =Ports 1 / 1-2, push input, pull output; packets that find no room leave by output 1 (push), if connected
// =Arguments
//   CAPACITY  Integer  packets held; 1000
// =Handlers as SimpleQueue's: length, highwater_length, capacity, drops, reset_counts, reset
// =Source none
class QuickNoteQueue : public Queue {
  public:
    const char *class_name() const override { return "QuickNoteQueue"; }
    Packet *pull(int port) override;
    PacketBatch *pull_batch(int port, unsigned max) override;

  private:
    void note_empty();
};

#endif
