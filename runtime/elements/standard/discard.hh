// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_DISCARD_HH
#define CLICK_DISCARD_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>
#include <click/notifier.hh>
#include <click/task.hh>

// =Element Discard([KEYWORDS])
// =Summary drops every packet
// =Ports 1 / none, push or pull; a pull input is drained by a task
// =Arguments
//   ACTIVE  Boolean  pull packets at all; true
//   BURST   Integer  packets pulled each time it is scheduled; 1
// =Handlers
//   count         r   packets dropped
//   reset_counts  w   zero count
//   active        rw  pull packets at all
//   scheduled, tickets, home_thread  of its task, with a pull input
// =Source none
class Discard : public BatchElement {
  public:
    Discard() : _task(this) {}

    const char *class_name() const override { return "Discard"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_0; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    void push(int port, Packet *packet) override;
    void push_batch(int port, PacketBatch *batch) override;
    bool run_task(Task *task) override;

  private:
    static int write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh);

    Task _task;
    NotifierSignal _signal;
    ThreadCounter _count;
    unsigned _burst = 1;
    bool _active = true;
};

#endif
