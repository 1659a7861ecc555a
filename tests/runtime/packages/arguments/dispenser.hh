// SPDX-License-Identifier: Apache-2.0
#ifndef DISPENSER_HH
#define DISPENSER_HH
#include <click/element.hh>
#include <click/etheraddress.hh>
#include <click/ipaddress.hh>
#include <click/notifier.hh>
#include <click/task.hh>
#include <click/timer.hh>
#include <click/timestamp.hh>
CLICK_DECLS

// Dispenser(MARK, keywords): each PERIOD, moves BURST packets out of the queue before it, with MARK in the annotation ANNO and their number in
// COUNT_ANNO. The other arguments are there to be parsed and told by the handler `arguments`.
class Dispenser : public Element {
  public:
    Dispenser();

    const char *class_name() const { return "Dispenser"; }
    const char *port_count() const { return "1/1"; }
    const char *processing() const { return PULL_TO_PUSH; }

    int configure(Vector<String> &conf, ErrorHandler *errh);
    int initialize(ErrorHandler *errh);
    void add_handlers();

    bool run_task(Task *task);
    void run_timer(Timer *timer);

  private:
    uint8_t _mark;
    int _anno, _count_anno;
    uint32_t _burst, _left, _moved;
    uint32_t _period_ms;
    bool _active;
    IPAddress _address, _network, _mask;
    EtherAddress _ether;
    String _label, _word;
    double _ratio;
    Timestamp _age;
    Element *_friend;
    int _many;
    Task _task;
    Timer _timer;
    NotifierSignal _signal;

    static String read(Element *e, void *thunk);
    static int write_burst(const String &text, Element *e, void *thunk, ErrorHandler *errh);
};

CLICK_ENDDECLS
#endif
