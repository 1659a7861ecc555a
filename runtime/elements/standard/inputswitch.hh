// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_INPUTSWITCH_HH
#define CLICK_INPUTSWITCH_HH
#include <click/batchelement.hh>
#include <atomic>

// =Element InputSwitch([INPUT])
// =Summary lets packets of one input through, chosen by handler, and drops the others
// =Ports any number / 1, push
// =Arguments
//   INPUT  Integer  the chosen input; negative lets none through; 0
// =Handlers
//   switch  rw  the chosen input
// =Source none
class InputSwitch : public BatchElement {
  public:
    const char *class_name() const override { return "InputSwitch"; }
    const char *port_count() const override { return "-/1"; }
    const char *processing() const override { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override;
    void push(int port, Packet *packet) override;
    void push_batch(int port, PacketBatch *batch) override;

  private:
    static String read_handler(Element *element, void *);
    static int write_handler(const String &text, Element *element, void *, ErrorHandler *errh);

    std::atomic<int> _input{0};
};

#endif
