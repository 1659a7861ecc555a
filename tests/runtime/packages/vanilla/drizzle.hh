// SPDX-License-Identifier: Apache-2.0
#ifndef DRIZZLE_HH
#define DRIZZLE_HH
#include <click/element.hh>
#include <click/notifier.hh>
#include <click/task.hh>
CLICK_DECLS

// Drizzle(LIMIT): pulls packets with a task of its own while its input has some, and pushes up to LIMIT of them.
class Drizzle : public Element {
  public:
    Drizzle() : _task(this), _limit(0), _count(0) {}

    const char *class_name() const { return "Drizzle"; }
    const char *port_count() const { return PORTS_1_1; }
    const char *processing() const { return PULL_TO_PUSH; }

    int configure(Vector<String> &conf, ErrorHandler *errh);
    int initialize(ErrorHandler *errh);
    void add_handlers();
    bool run_task(Task *task);

  private:
    Task _task;
    NotifierSignal _signal;
    int _limit;
    int _count;
};

CLICK_ENDDECLS
#endif
