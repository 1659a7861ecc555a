// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IDLE_HH
#define CLICK_IDLE_HH
#include <click/batchelement.hh>
#include <click/notifier.hh>

// =Element Idle()
// =Summary drops what is pushed into it and never gives a packet
// =Ports any number, push or pull
// =Arguments none
// =Handlers none
// =Source none
class Idle : public BatchElement {
  public:
    Idle() : _note(Notifier::SEARCH_STOP) {}

    const char *class_name() const override { return "Idle"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return "-/-"; }
    const char *flow_code() const override { return "x/y"; }
    void *cast(const char *name) override;
    int initialize(ErrorHandler *errh) override;
    void push(int port, Packet *packet) override;
    void push_batch(int port, PacketBatch *batch) override;
    Packet *pull(int) override { return nullptr; }
    PacketBatch *pull_batch(int, unsigned) override { return nullptr; }

  private:
    Notifier _note;  // always asleep: who pulls from here need not try
};

#endif
