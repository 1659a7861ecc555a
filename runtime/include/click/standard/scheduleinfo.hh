// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_SCHEDULEINFO_HH
#define CLICK_SCHEDULEINFO_HH
#include <click/element.hh>
#include <map>
class Task;

/*
=c
ScheduleInfo(ELEMENT PARAM, ...)
=s information
sets scheduling shares of elements
=d
PARAM is a real number; the default share is 1. An element whose name is not given takes the share of the compound
element around it, multiplied by what is said inside. A later ScheduleInfo of the same scope adds to the first.
*/
class ScheduleInfo : public Element {
  public:
    static constexpr int FRACTION_BITS = 10;
    static constexpr int FRAC_BITS = FRACTION_BITS;
    static constexpr int DEFAULT = 1 << FRACTION_BITS;

    const char *class_name() const override { return "ScheduleInfo"; }
    int configure_phase() const override { return CONFIGURE_PHASE_INFO; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;

    // The tickets of an element's tasks.
    static int query(const Element *element, ErrorHandler *errh);
    static void initialize_task(Element *element, Task *task, bool schedule, ErrorHandler *errh);
    static void initialize_task(Element *element, Task *task, ErrorHandler *errh)
    {
        initialize_task(element, task, true, errh);
    }
    // As initialize_task(), the older name.
    static void join_scheduler(Element *element, Task *task, ErrorHandler *errh)
    {
        initialize_task(element, task, true, errh);
    }

  private:
    std::map<String, int> _shares;  // by full element name, in units of 1 / DEFAULT
};

#endif
