// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_LINKUNQUEUE_HH
#define CLICK_LINKUNQUEUE_HH
#include <click/element.hh>
#include <click/notifier.hh>
#include <click/standard/storage.hh>
#include <click/task.hh>
#include <click/timer.hh>
#include <deque>

// =Element LinkUnqueue(LATENCY, BANDWIDTH)
// =Summary behaves like a serial link
// =Ports 1 / 1, pull input, push output
// =Arguments
//   LATENCY    Seconds    how long a bit travels
//   BANDWIDTH  Bandwidth  bytes a second, or with a unit such as 10Mbps
// =Handlers
//   latency, bandwidth  r  the arguments
//   size                r  packets on the link
//   reset               w  drop them
//   scheduled, tickets, home_thread  of its task
// =Source none
//
// A packet leaves the near end when those before it have, and its last bit LENGTH / BANDWIDTH later; it goes on LATENCY
// after that, with that time as its timestamp. Nothing is pulled while the near end is busy. The extra-length annotation
// counts as length.
class LinkUnqueue : public Element, public Storage {
  public:
    LinkUnqueue() : _task(this), _timer(&_task) {}

    const char *class_name() const override { return "LinkUnqueue"; }
    const char *port_count() const override { return PORTS_1_1; }
    const char *processing() const override { return PULL_TO_PUSH; }
    void *cast(const char *name) override;
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;
    void add_handlers() override;
    bool run_task(Task *task) override;

  private:
    Timestamp transmission(const Packet *packet) const;
    bool take_in(const Timestamp &now);
    bool give_out(const Timestamp &now);
    static String read_handler(Element *element, void *);
    static int reset_handler(const String &, Element *element, void *, ErrorHandler *);

    std::deque<Packet *> _link;  // by the time they go on, their timestamps
    Timestamp _free;             // when the near end is free
    bool _back_to_back = false;  // no pull was in vain since the last packet
    Timestamp _latency;
    uint32_t _bandwidth = 0;
    Task _task;
    Timer _timer;
    NotifierSignal _signal;
};

#endif
