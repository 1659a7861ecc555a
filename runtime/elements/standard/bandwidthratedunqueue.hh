// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_BANDWIDTHRATEDUNQUEUE_HH
#define CLICK_BANDWIDTHRATEDUNQUEUE_HH
#include <click/element.hh>
#include <click/notifier.hh>
#include <click/task.hh>
#include <click/timer.hh>
#include "tokenrate.hh"

// =Element BandwidthRatedUnqueue(RATE [, KEYWORDS])
// =Summary pulls packets at a steady byte rate and pushes them on
// =Ports 1 / 1, pull input, push output
// =Arguments
//   RATE    Bandwidth  bytes a second, or with a unit such as 10Mbps
//   ACTIVE  Boolean    move packets at all; true
//   BURST_BYTES Integer  bytes that may be made up for at once; as BURST_DURATION
//   BURST_DURATION Seconds how long a pause may be made up for; 0.02
// =Handlers
//   rate    rw  as RATE
//   active  rw  move packets at all
//   count   r   packets moved
//   scheduled, tickets, home_thread  of its task
// =Source none
class BandwidthRatedUnqueue : public Element {
  public:
    BandwidthRatedUnqueue() : _task(this), _timer(&_task) {}

    const char *class_name() const override { return "BandwidthRatedUnqueue"; }
    const char *port_count() const override { return PORTS_1_1; }
    const char *processing() const override { return PULL_TO_PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    bool run_task(Task *task) override;

  private:
    void set_rate(uint32_t rate);
    static int rate_handler(const String &text, Element *element, void *, ErrorHandler *errh);
    static int active_handler(const String &text, Element *element, void *, ErrorHandler *errh);

    uint32_t _rate = 0;
    bool _active = true;
    uint64_t _count = 0;
    uint32_t _burst = 0;            // 0: by duration
    Timestamp _burst_duration = Timestamp::make_msec(20);
    TokenRate _tokens;
    Task _task;
    Timer _timer;
    NotifierSignal _signal;
};

#endif
