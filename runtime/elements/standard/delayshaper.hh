// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_DELAYSHAPER_HH
#define CLICK_DELAYSHAPER_HH
#include <click/element.hh>
#include <click/notifier.hh>
#include <click/timer.hh>

// =Element DelayShaper(DELAY)
// =Summary gives each packet when it is DELAY old
// =Ports 1 / 1, pull
// =Arguments
//   DELAY  Seconds  how long after its timestamp a packet is given; its timestamp becomes the time it is
// =Handlers
//   delay  rw  as DELAY
// =Source none
class DelayShaper : public Element {
  public:
    DelayShaper() : _timer(this), _note(Notifier::SEARCH_STOP) {}

    const char *class_name() const override { return "DelayShaper"; }
    const char *port_count() const override { return PORTS_1_1; }
    const char *processing() const override { return PULL; }
    void *cast(const char *name) override;
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;
    void add_handlers() override;
    Packet *pull(int port) override;
    void run_timer(Timer *timer) override;

  private:
    Packet *_waiting = nullptr;
    Timestamp _delay;
    Timer _timer;
    NotifierSignal _upstream;
    ActiveNotifier _note;  // asleep until the packet is due, or upstream has one
};

#endif
