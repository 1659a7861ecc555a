// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ratedunqueue.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/standard/scheduleinfo.hh>

int RatedUnqueue::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Args args(conf, this, errh);
    _limit.read(args);
    if (args.read("ACTIVE", _active).complete() < 0)
        return -1;
    _limit.set_rate(_limit.rate());
    return 0;
}

int RatedUnqueue::initialize(ErrorHandler *errh)
{
    _limit.start();
    ScheduleInfo::initialize_task(this, &_task, _active, errh);
    _signal = Notifier::upstream_empty_signal(this, 0, &_task);
    _timer.initialize(this);
    return 0;
}

bool RatedUnqueue::run_task(Task *)
{
    if (!_active)
        return false;
    if (!_limit.open()) {
        _timer.schedule_after(_limit.wait());
        return false;
    }
    Packet *packet = input(0).pull();
    if (packet) {
        _limit.charge(packet);
        ++_count;
        output(0).push(packet);
    }
    if (packet || _signal)
        _task.fast_reschedule();
    return packet != nullptr;
}

String RatedUnqueue::rate_handler(Element *element, void *)
{
    return static_cast<RatedUnqueue *>(element)->_limit.unparse_rate();
}

int RatedUnqueue::write_rate_handler(const String &text, Element *element, void *, ErrorHandler *errh)
{
    RatedUnqueue *u = static_cast<RatedUnqueue *>(element);
    uint32_t rate;
    if (!u->_limit.parse_rate(text, rate, u, errh))
        return -1;
    u->_limit.set_rate(rate);
    if (u->_active)
        u->_task.reschedule();
    return 0;
}

int RatedUnqueue::active_handler(const String &text, Element *element, void *, ErrorHandler *errh)
{
    RatedUnqueue *u = static_cast<RatedUnqueue *>(element);
    if (!BoolArg().parse(text, u->_active))
        return errh->error("expected boolean");
    if (u->_active)
        u->_task.reschedule();
    return 0;
}

void RatedUnqueue::add_handlers()
{
    add_read_handler("rate", rate_handler);
    add_write_handler("rate", write_rate_handler);
    add_data_handlers("active", Handler::OP_READ | Handler::CHECKBOX, &_active);
    add_write_handler("active", active_handler);
    add_data_handlers("count", Handler::OP_READ, &_count);
    add_task_handlers(&_task);
}

EXPORT_ELEMENT(RatedUnqueue)
