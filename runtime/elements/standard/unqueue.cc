// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "unqueue.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/standard/scheduleinfo.hh>
#include <algorithm>

int Unqueue::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh)
        .read_p("BURST", _burst)
        .read("ACTIVE", _active)
        .read("LIMIT", _limit)
        .complete();
}

int Unqueue::initialize(ErrorHandler *errh)
{
    ScheduleInfo::initialize_task(this, &_task, _active, errh);
    _signal = Notifier::upstream_empty_signal(this, 0, &_task);
    _room = Notifier::downstream_full_signal(this, 0, &_task);
    return 0;
}

bool Unqueue::run_task(Task *)
{
    if (!_active || !_room)
        return false;
    // "All" is bounded too: other tasks want their turn.
    unsigned room = _burst < 0 ? 4096 : _burst;
    if (_limit >= 0)
        room = std::min<unsigned>(room, _count < static_cast<uint32_t>(_limit) ? _limit - _count : 0);
    if (room == 0)
        return false;
    PacketBatch *batch = input(0).pull_batch(room);
    if (batch) {
        _count += batch->count();
        output_push_batch(0, batch);
    } else if (!_signal) {
        return false;
    }
    _task.fast_reschedule();
    return batch != nullptr;
}

int Unqueue::write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh)
{
    Unqueue *u = static_cast<Unqueue *>(element);
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_active:
        if (!BoolArg().parse(text, u->_active))
            return errh->error("expected boolean");
        break;
    case h_burst:
        if (!IntArg().parse(text, u->_burst))
            return errh->error("expected integer");
        break;
    case h_limit:
        if (!IntArg().parse(text, u->_limit))
            return errh->error("expected integer");
        break;
    default:
        u->_count = 0;
    }
    if (u->_active && !u->_task.scheduled())
        u->_task.reschedule();
    return 0;
}

void Unqueue::add_handlers()
{
    add_data_handlers("count", Handler::OP_READ, &_count);
    add_data_handlers("active", Handler::OP_READ | Handler::CHECKBOX, &_active);
    add_data_handlers("burst", Handler::OP_READ, &_burst);
    add_data_handlers("limit", Handler::OP_READ, &_limit);
    add_write_handler("active", write_handler, h_active);
    add_write_handler("burst", write_handler, h_burst);
    add_write_handler("limit", write_handler, h_limit);
    add_write_handler("reset", write_handler, h_reset, Handler::BUTTON);
    add_task_handlers(&_task);
}

EXPORT_ELEMENT(Unqueue)
