// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "delayunqueue.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet.hh>
#include <click/standard/scheduleinfo.hh>
#include <utility>

int DelayUnqueue::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_mp("DELAY", _delay).complete();
}

int DelayUnqueue::initialize(ErrorHandler *errh)
{
    ScheduleInfo::initialize_task(this, &_task, true, errh);
    _timer.initialize(this);
    _signal = Notifier::upstream_empty_signal(this, 0, &_task);
    return 0;
}

void DelayUnqueue::cleanup(CleanupStage)
{
    if (_waiting)
        _waiting->kill();
    _waiting = nullptr;
}

bool DelayUnqueue::run_task(Task *)
{
    bool pulled = false;
    if (!_waiting && (_waiting = input(0).pull())) {
        pulled = true;
        Timestamp &time = _waiting->timestamp_anno();
        // The first second of 1970 is no time of a packet.
        if (time.sec() == 0)
            time = Timestamp::now();
        time += _delay;
    }
    if (!_waiting) {
        if (_signal)
            _task.fast_reschedule();
        return false;
    }
    if (_waiting->timestamp_anno() > Timestamp::now()) {
        _timer.schedule_at(_waiting->timestamp_anno());
        return pulled;
    }
    output(0).push(std::exchange(_waiting, nullptr));
    _task.fast_reschedule();
    return true;
}

void DelayUnqueue::add_handlers()
{
    add_data_handlers("delay", Handler::OP_READ | Handler::OP_WRITE, &_delay, true);
    add_task_handlers(&_task);
}

EXPORT_ELEMENT(DelayUnqueue)
