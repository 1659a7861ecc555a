// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PULLSWITCH_HH
#define CLICK_PULLSWITCH_HH
#include <click/batchelement.hh>

// =Element PullSwitch([INPUT])
// =Summary gives packets from one input, chosen by handler
// =Ports any number / 1, pull
// =Arguments
//   INPUT  Integer  the chosen input; negative gives none; 0
// =Handlers
//   switch  rw  the chosen input
// =Source none
class PullSwitch : public BatchElement {
  public:
    const char *class_name() const override { return "PullSwitch"; }
    const char *port_count() const override { return "-/1"; }
    const char *processing() const override { return PULL; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *pull(int) override { return _input < 0 ? nullptr : input(_input).pull(); }
    PacketBatch *pull_batch(int, unsigned max) override { return _input < 0 ? nullptr : input(_input).pull_batch(max); }

  private:
    static int write_handler(const String &text, Element *element, void *, ErrorHandler *errh);

    int _input = 0;
};

#endif
