// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ALIGN_HH
#define CLICK_ALIGN_HH
#include <click/batchelement.hh>

// =Element Align(MODULUS, OFFSET)
// =Summary accepted for old configurations; does nothing, as words may be read from any address here
// =Ports 1 / 1, push or pull
// =Arguments
//   MODULUS  Integer  ignored
//   OFFSET   Integer  ignored
// =Handlers none
// =Source none
class Align : public SimpleBatchElement<Align> {
  public:
    const char *class_name() const override { return "Align"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    Packet *simple_action(Packet *packet) override { return packet; }
    PacketBatch *simple_action_batch(PacketBatch *batch) override { return batch; }
};

#endif
