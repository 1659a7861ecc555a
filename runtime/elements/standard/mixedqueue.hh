// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_MIXEDQUEUE_HH
#define CLICK_MIXEDQUEUE_HH
#include "queue.hh"

// =Element MixedQueue([CAPACITY])
// =Summary as Queue, but packets of input 1 go to the front
// =Ports 2 / 1-2, push inputs, pull output; dropped packets leave by output 1 (push), if connected
// =Arguments
//   CAPACITY  Integer  packets held; 1000
// =Handlers as SimpleQueue's: length, highwater_length, capacity, drops, reset_counts, reset
// =Source none
//
// When full, a packet of input 0 is dropped; one of input 1 gets the room of the packet that would go out last. Not for a
// pusher of input 1 and a puller on different threads: both work at the front.
class MixedQueue : public Queue {
  public:
    const char *class_name() const override { return "MixedQueue"; }
    const char *flags() const override { return ""; }
    const char *port_count() const override { return "2/1-2"; }
    const char *processing() const override { return "h/lh"; }
    void push(int port, Packet *packet) override;
    void push_batch(int port, PacketBatch *batch) override;
};

#endif
