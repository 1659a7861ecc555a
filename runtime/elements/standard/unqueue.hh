// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_UNQUEUE_HH
#define CLICK_UNQUEUE_HH
#include <click/batchelement.hh>
#include <click/notifier.hh>
#include <click/task.hh>

// =Element Unqueue([BURST, KEYWORDS])
// =Summary pulls packets as fast as it can and pushes them on
// =Ports 1 / 1, pull input, push output
// =Arguments
//   BURST   Integer  packets moved each time it is scheduled, negative for all; 1
//   ACTIVE  Boolean  move packets at all; true
//   LIMIT   Integer  packets to move in all, negative for no limit; -1
// =Handlers
//   count    r   packets moved
//   active   rw  move packets at all
//   burst    rw  packets moved each time
//   limit    rw  packets to move in all
//   reset    w   zero count, and go on if LIMIT had stopped it
//   scheduled, tickets, home_thread  of its task
// =Source none
class Unqueue : public BatchElement {
  public:
    Unqueue() : _task(this) {}

    const char *class_name() const override { return "Unqueue"; }
    const char *port_count() const override { return PORTS_1_1; }
    const char *processing() const override { return PULL_TO_PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    bool run_task(Task *task) override;

  private:
    enum Handle { h_active, h_reset, h_burst, h_limit };

    static int write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh);

    bool _active = true;
    int _burst = 1;
    int32_t _limit = -1;
    uint32_t _count = 0;
    Task _task;
    NotifierSignal _signal;
    NotifierSignal _room;  // downstream
};

#endif
