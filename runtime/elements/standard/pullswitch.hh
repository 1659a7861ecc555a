// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PULLSWITCH_HH
#define CLICK_PULLSWITCH_HH
#include <click/batchelement.hh>
#include <click/notifier.hh>
#include <vector>

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
    PullSwitch() : _note(Notifier::SEARCH_CONTINUE_WAKE) {}

    const char *class_name() const override { return "PullSwitch"; }
    const char *port_count() const override { return "-/1"; }
    const char *processing() const override { return PULL; }
    void *cast(const char *name) override;
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *pull(int port) override;
    PacketBatch *pull_batch(int port, unsigned max) override;

  private:
    static int write_handler(const String &text, Element *element, void *, ErrorHandler *errh);

    bool awake();

    int _input = 0;
    std::vector<NotifierSignal> _signals;
    ActiveNotifier _note;  // asleep while the chosen input is
};

#endif
