// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_SIMPLEPULLSWITCH_HH
#define CLICK_SIMPLEPULLSWITCH_HH
#include <click/batchelement.hh>

// =Element SimplePullSwitch([INPUT])
// =Summary as PullSwitch, but tells nobody downstream when the chosen input is empty
// =Ports any number / 1, pull
// =Arguments
//   INPUT  Integer  the chosen input; negative gives none; 0
// =Handlers
//   switch  rw  the chosen input
// =Source none
class SimplePullSwitch : public BatchElement {
  public:
    const char *class_name() const override { return "SimplePullSwitch"; }
    const char *port_count() const override { return "-/1"; }
    const char *processing() const override { return PULL; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override;
    Packet *pull(int port) override;
    PacketBatch *pull_batch(int port, unsigned max) override;

  protected:
    virtual void set_input(int input) { _input = input; }

    int _input = 0;

  private:
    static int write_handler(const String &text, Element *element, void *, ErrorHandler *errh);
};

#endif
