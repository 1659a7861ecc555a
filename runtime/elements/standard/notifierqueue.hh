// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_NOTIFIERQUEUE_HH
#define CLICK_NOTIFIERQUEUE_HH
#include "queue.hh"

// =Element NotifierQueue([CAPACITY])
// =Summary as Queue, but tells nobody upstream that it is full
// =Ports 1 / 1-2, push input, pull output
// =Arguments
//   CAPACITY  Integer  packets held; 1000
// =Handlers as SimpleQueue's: length, highwater_length, capacity, drops, reset_counts, reset
// =Source none
class NotifierQueue : public Queue {
  public:
    const char *class_name() const override { return "NotifierQueue"; }
    void *cast(const char *name) override;
};

#endif
