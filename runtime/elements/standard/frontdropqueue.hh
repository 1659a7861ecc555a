// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_FRONTDROPQUEUE_HH
#define CLICK_FRONTDROPQUEUE_HH
#include "queue.hh"

// =Element FrontDropQueue([CAPACITY])
// =Summary as Queue, but makes room for a new packet by dropping the oldest
// =Ports 1 / 1-2, push input, pull output; the dropped packets leave by output 1 (push), if connected
// =Arguments
//   CAPACITY  Integer  packets held; 1000
// =Handlers as SimpleQueue's: length, highwater_length, capacity, drops, reset_counts, reset
// =Source none. Not for a pusher and a puller on different threads: both take from the front
class FrontDropQueue : public Queue {
  public:
    const char *class_name() const override { return "FrontDropQueue"; }
    const char *flags() const override { return ""; }
    void *cast(const char *name) override;
    void push(int port, Packet *packet) override;
    void push_batch(int port, PacketBatch *batch) override { Element::push_batch(port, batch); }
};

#endif
