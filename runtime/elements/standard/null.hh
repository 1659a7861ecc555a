// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_NULL_HH
#define CLICK_NULL_HH
#include <click/batchelement.hh>

// =Element Null()
// =Summary does nothing to packets
// =Ports 1 / 1, push or pull
// =Arguments none
// =Handlers none
// =Source none
class Null : public SimpleBatchElement<Null> {
  public:
    const char *class_name() const override { return "Null"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    Packet *simple_action(Packet *packet) override { return packet; }
    PacketBatch *simple_action_batch(PacketBatch *batch) override { return batch; }
};

#endif
