// SPDX-License-Identifier: Apache-2.0
#ifndef EVERYNTH_HH
#define EVERYNTH_HH
#include <click/element.hh>
#include <click/timer.hh>
CLICK_DECLS

// EveryNth(N, PERIOD seconds): output 0 gets each N-th packet, output 1 all others. Counts its timer's ticks.
class EveryNth : public Element {
  public:
    EveryNth();

    const char *class_name() const { return "EveryNth"; }
    const char *port_count() const { return "1/2"; }
    const char *processing() const { return PUSH; }

    int configure(Vector<String> &conf, ErrorHandler *errh);
    int initialize(ErrorHandler *errh);
    void add_handlers();

    void push(int port, Packet *p);
    void run_timer(Timer *timer);

  private:
    uint32_t _n;
    uint32_t _seen;
    uint32_t _ticks;
    uint32_t _period_ms;
    Timer _timer;

    static String read(Element *e, void *thunk);
    static int write(const String &text, Element *e, void *thunk, ErrorHandler *errh);
};

CLICK_ENDDECLS
#endif
