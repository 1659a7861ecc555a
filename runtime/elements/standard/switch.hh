// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_SWITCH_HH
#define CLICK_SWITCH_HH
#include <click/batchelement.hh>
#include <atomic>

// =Element Switch([OUTPUT])
// =Summary sends every packet to one output, chosen by handler
// =Ports 1 / any number, push
// =Arguments
//   OUTPUT  Integer  the chosen output; negative drops packets; 0
// =Handlers
//   switch  rw  the chosen output
// =Source none
class Switch : public BatchElement {
  public:
    const char *class_name() const override { return "Switch"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return "1/-"; }
    const char *processing() const override { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override;
    int llrpc(unsigned command, void *data) override;
    void push(int, Packet *packet) override { checked_output_push(_output, packet); }
    void push_batch(int, PacketBatch *batch) override { checked_output_push_batch(_output, batch); }

  private:
    static String read_handler(Element *element, void *);
    static int write_handler(const String &text, Element *element, void *, ErrorHandler *errh);

    std::atomic<int> _output{0};
};

#endif
