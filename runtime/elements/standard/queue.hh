// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_QUEUE_HH
#define CLICK_QUEUE_HH
#include <click/notifier.hh>
#include "simplequeue.hh"

// =Element Queue([CAPACITY])
// =Summary stores packets first in, first out; wakes whoever waits for packets or for room
// =Ports 1 / 1-2, push input, pull output; packets that find no room leave by output 1 (push), if connected
// =Arguments
//   CAPACITY  Integer  packets held; 1000
// =Handlers as SimpleQueue's: length, highwater_length, capacity, drops, reset_counts, reset
// =Source none
//
// Pullers downstream sleep while the queue is empty, pushers upstream that care sleep while it is full.
class Queue : public SimpleQueue {
  public:
    const char *class_name() const override { return "Queue"; }
    void *cast(const char *name) override;
    int initialize(ErrorHandler *errh) override;

  protected:
    void pushed(bool full) override;
    void pulled(bool was_full, bool now_empty) override;

  private:
    ActiveNotifier _empty_note;
    ActiveNotifier _full_note;
};

#endif
