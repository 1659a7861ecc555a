// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "infinitesource.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/router.hh>
#include <click/standard/scheduleinfo.hh>
#include <cstring>

void *InfiniteSource::cast(const char *name)
{
    if (strcmp(name, Notifier::EMPTY_NOTIFIER) == 0 && output_is_pull(0))
        return static_cast<Notifier *>(&_note);
    return PacketSource::cast(name);
}

int InfiniteSource::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Args args(conf, this, errh);
    read_common(args);
    if (args.read_p("DATA", _data)
            .read_p("LIMIT", _limit)
            .read_p("BURST", _burst)
            .read_p("ACTIVE", _active)
            .complete() < 0)
        return -1;
    if (_burst < 1)
        return errh->error("BURST must be at least 1");
    return finish_common(errh);
}

int InfiniteSource::initialize(ErrorHandler *errh)
{
    if (output_is_push(0)) {
        ScheduleInfo::initialize_task(this, &_task, _active, errh);
        _room = Notifier::downstream_full_signal(this, 0, &_task);
    } else {
        _task.initialize(this, false);
    }
    _note.initialize(Notifier::EMPTY_NOTIFIER, router());
    _note.set_active(running(), false);
    return initialize_common(errh);
}

bool InfiniteSource::run_task(Task *)
{
    if (!_active || !_room)
        return false;
    if (exhausted()) {
        ended();
        return false;
    }
    PacketBatch *batch = make_batch(_burst);
    if (batch && _burst == 1)
        output(0).push(batch->first());
    else if (batch)
        output_push_batch(0, batch);
    // The end is told in a turn of its own, once there is room for more: what is under way goes on first.
    _task.fast_reschedule();
    return batch != nullptr;
}

Packet *InfiniteSource::pull(int)
{
    if (!running()) {
        _note.sleep();
        return nullptr;
    }
    Packet *packet = make_packet();
    if (exhausted()) {
        _note.sleep();
        ended();
    }
    return packet;
}

PacketBatch *InfiniteSource::pull_batch(int, unsigned max)
{
    PacketBatch *batch = running() ? make_batch(max) : nullptr;
    if (!running())
        _note.sleep();
    if (batch && exhausted())
        ended();
    return batch;
}

void InfiniteSource::restart()
{
    if (output_is_push(0))
        _task.reschedule();
    else
        _note.wake();
}

EXPORT_ELEMENT(InfiniteSource)
