// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_STATICTHREADSCHED_HH
#define CLICK_STATICTHREADSCHED_HH
#include <click/element.hh>
#include <click/standard/threadsched.hh>

/*
=c
StaticThreadSched(ELEMENT THREAD, ...)

=s threads
Says which thread an element starts on

=d
The tasks and timers of ELEMENT start on THREAD, counted from 0; the name of a compound element stands for everything in
it. A thread that does not exist is thread 0, with a
warning. Without a StaticThreadSched everything is on thread 0, except what spreads itself.

=a Script
*/
class StaticThreadSched : public Element, public ThreadSched {
  public:
    const char *class_name() const override { return "StaticThreadSched"; }
    const char *port_count() const override { return PORTS_0_0; }
    int configure_phase() const override { return CONFIGURE_PHASE_FIRST; }

    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initial_home_thread_id(const Element *element) override;

  private:
    Vector<int> _threads;  // by element index
    ThreadSched *_next = nullptr;

    bool prefer(const String &name, int thread);
    void set(int eindex, int thread);
};

#endif
