// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_FULLNOTEQUEUE_HH
#define CLICK_FULLNOTEQUEUE_HH
#include "queue.hh"

// =Element FullNoteQueue([CAPACITY])
// =Summary another name for Queue
// =Ports 1 / 1-2, push input, pull output
// =Arguments
//   CAPACITY  Integer  packets held; 1000
// =Handlers as SimpleQueue's: length, highwater_length, capacity, drops, reset_counts, reset
// =Source none
class FullNoteQueue : public Queue {
  public:
    const char *class_name() const override { return "FullNoteQueue"; }
};

#endif
