// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_RATEDUNQUEUE_HH
#define CLICK_RATEDUNQUEUE_HH
#include <click/element.hh>
#include <click/notifier.hh>
#include <click/task.hh>
#include <click/timer.hh>
#include "ratelimit.hh"

// =Element RatedUnqueue(RATE [, KEYWORDS])
// =Summary pulls packets at a steady rate and pushes them on
// =Ports 1 / 1, pull input, push output
// =Arguments
//   RATE    Integer    packets a second
//   ACTIVE  Boolean    move packets at all; true
//   BURST_SIZE Integer  packets that may be made up for at once; as BURST_DURATION
//   BURST_DURATION Seconds how long a pause may be made up for; 0.02
// =Handlers
//   rate    rw  as RATE
//   active  rw  move packets at all
//   count   r   packets moved
//   scheduled, tickets, home_thread  of its task
// =Source none
class RatedUnqueue : public Element {
  public:
    RatedUnqueue() : RatedUnqueue(RateLimit::packets) {}

    const char *class_name() const override { return "RatedUnqueue"; }
    const char *port_count() const override { return PORTS_1_1; }
    const char *processing() const override { return PULL_TO_PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    bool run_task(Task *task) override;

  protected:
    explicit RatedUnqueue(RateLimit::Unit unit) : _limit(unit), _task(this), _timer(&_task) {}

  private:
    static String rate_handler(Element *element, void *);
    static int write_rate_handler(const String &text, Element *element, void *, ErrorHandler *errh);
    static int active_handler(const String &text, Element *element, void *, ErrorHandler *errh);

    RateLimit _limit;
    bool _active = true;
    uint64_t _count = 0;
    Task _task;
    Timer _timer;
    NotifierSignal _signal;
};

#endif
