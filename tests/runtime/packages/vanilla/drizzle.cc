// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "drizzle.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/standard/scheduleinfo.hh>
CLICK_DECLS

int Drizzle::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_mp("LIMIT", BoundedIntArg(0, 1000), _limit).complete();
}

int Drizzle::initialize(ErrorHandler *errh)
{
    ScheduleInfo::initialize_task(this, &_task, true, errh);
    _signal = Notifier::upstream_empty_signal(this, 0, &_task);
    return 0;
}

bool Drizzle::run_task(Task *)
{
    if (_count >= _limit)
        return false;
    Packet *p = input(0).pull();
    if (p) {
        ++_count;
        output(0).push(p);
    } else if (!_signal)
        return false;
    _task.fast_reschedule();
    return p != 0;
}

void Drizzle::add_handlers()
{
    add_data_handlers("count", Handler::f_read, &_count);
    add_task_handlers(&_task);
}

CLICK_ENDDECLS
EXPORT_ELEMENT(Drizzle)
ELEMENT_MT_SAFE(Drizzle)
