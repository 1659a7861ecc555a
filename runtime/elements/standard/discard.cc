// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "discard.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/standard/scheduleinfo.hh>

int Discard::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read("ACTIVE", _active).read("BURST", _burst).complete();
}

int Discard::initialize(ErrorHandler *errh)
{
    if (input_is_pull(0)) {
        ScheduleInfo::initialize_task(this, &_task, _active, errh);
        _signal = Notifier::upstream_empty_signal(this, 0, &_task);
    }
    return 0;
}

void Discard::push(int, Packet *packet)
{
    ++_count;
    packet->kill();
}

void Discard::push_batch(int, PacketBatch *batch)
{
    _count += batch->count();
    batch->kill();
}

bool Discard::run_task(Task *)
{
    if (!_active)
        return false;
    PacketBatch *batch = input(0).pull_batch(_burst);
    if (batch)
        push_batch(0, batch);
    if (batch || _signal)
        _task.fast_reschedule();
    return batch != nullptr;
}

int Discard::write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh)
{
    Discard *d = static_cast<Discard *>(element);
    if (!user_data) {
        d->_count = 0;
        return 0;
    }
    if (!BoolArg().parse(text, d->_active))
        return errh->error("expected boolean");
    if (d->_active && d->input_is_pull(0))
        d->_task.reschedule();
    return 0;
}

void Discard::add_handlers()
{
    add_counter_handler(this, "count", &_count);
    add_write_handler("reset_counts", write_handler, 0, Handler::BUTTON);
    if (input_is_pull(0)) {
        add_data_handlers("active", Handler::OP_READ | Handler::CHECKBOX, &_active);
        add_write_handler("active", write_handler, 1);
        add_task_handlers(&_task);
    }
}

EXPORT_ELEMENT(Discard)
