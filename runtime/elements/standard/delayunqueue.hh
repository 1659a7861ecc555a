// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_DELAYUNQUEUE_HH
#define CLICK_DELAYUNQUEUE_HH
#include <click/element.hh>
#include <click/notifier.hh>
#include <click/task.hh>
#include <click/timer.hh>

// =Element DelayUnqueue(DELAY)
// =Summary pulls packets and pushes each on when it is DELAY old
// =Ports 1 / 1, pull input, push output
// =Arguments
//   DELAY  Seconds  how long after its timestamp a packet goes on; its timestamp becomes that time
// =Handlers
//   delay  rw  as DELAY
//   scheduled, tickets, home_thread  of its task
// =Source none
class DelayUnqueue : public Element {
  public:
    DelayUnqueue() : _task(this), _timer(&_task) {}

    const char *class_name() const override { return "DelayUnqueue"; }
    const char *port_count() const override { return PORTS_1_1; }
    const char *processing() const override { return PULL_TO_PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;
    void add_handlers() override;
    bool run_task(Task *task) override;

  private:
    Packet *_waiting = nullptr;
    Timestamp _delay;
    Task _task;
    Timer _timer;
    NotifierSignal _signal;
};

#endif
