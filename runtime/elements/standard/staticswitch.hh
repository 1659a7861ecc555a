// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_STATICSWITCH_HH
#define CLICK_STATICSWITCH_HH
#include <click/batchelement.hh>

// =Element StaticSwitch(OUTPUT)
// =Summary sends every packet to one output; -1 drops them
// =Ports 1 / any number, push
// =Arguments
//   OUTPUT  Integer  the output, from 0
// =Handlers none
// =Source none
class StaticSwitch : public BatchElement {
  public:
    const char *class_name() const override { return "StaticSwitch"; }
    const char *port_count() const override { return "1/-"; }
    const char *processing() const override { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void push(int, Packet *packet) override { checked_output_push(_output, packet); }
    void push_batch(int, PacketBatch *batch) override { checked_output_push_batch(_output, batch); }

  private:
    int _output = 0;
};

#endif
