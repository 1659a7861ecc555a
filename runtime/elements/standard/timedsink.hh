// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_TIMEDSINK_HH
#define CLICK_TIMEDSINK_HH
#include <click/element.hh>
#include <click/timer.hh>

// =Element TimedSink([INTERVAL])
// =Summary pulls a packet now and then, and drops it
// =Ports 1 / none, pull
// =Arguments
//   INTERVAL  Seconds  time between pulls; 0.5
// =Handlers
//   interval  rw  as INTERVAL
//   count     r   packets dropped
// =Source none
class TimedSink : public Element {
  public:
    TimedSink() : _timer(this) {}

    const char *class_name() const override { return "TimedSink"; }
    const char *port_count() const override { return PORTS_1_0; }
    const char *processing() const override { return PULL; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override;
    void run_timer(Timer *timer) override;

  private:
    Timestamp _interval = Timestamp::make_msec(500);
    Timer _timer;
    uint64_t _count = 0;
};

#endif
