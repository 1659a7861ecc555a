// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ratedsource.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/router.hh>
#include <cstring>
#include <click/standard/scheduleinfo.hh>

void *RatedSource::cast(const char *name)
{
    if (strcmp(name, Notifier::EMPTY_NOTIFIER) == 0 && output_is_pull(0))
        return static_cast<Notifier *>(&_note);
    return PacketSource::cast(name);
}

int RatedSource::configure(Vector<String> &conf, ErrorHandler *errh)
{
    unsigned rate = 10;
    Args args(conf, this, errh);
    read_common(args);
    if (args.read_p("DATA", _data)
            .read_p("RATE", rate)
            .read_p("LIMIT", _limit)
            .read_p("ACTIVE", _active)
            .complete() < 0)
        return -1;
    set_rate(rate);
    return finish_common(errh);
}

// The bucket holds 20 ms: late wake-ups are made up for, long pauses are not.
void RatedSource::set_rate(unsigned rate)
{
    _rate = rate;
    _tokens.assign(rate, rate * 0.02);
}

int RatedSource::initialize(ErrorHandler *errh)
{
    _tokens.start(Timestamp::now_steady(), 1);
    if (output_is_push(0))
        ScheduleInfo::initialize_task(this, &_task, running(), errh);
    else
        _task.initialize(this, false);
    _timer.initialize(this);
    _note.initialize(Notifier::EMPTY_NOTIFIER, router());
    return initialize_common(errh);
}

bool RatedSource::run_task(Task *)
{
    if (output_is_pull(0)) {
        _note.wake();
        return true;
    }
    if (!running()) {
        if (_active)
            ended();
        return false;
    }
    _tokens.refill(Timestamp::now_steady());
    if (!_tokens.available()) {
        _timer.schedule_after(_tokens.wait_for());
        return false;
    }
    _tokens.remove();
    if (Packet *packet = make_packet())
        output(0).push(packet);
    _task.fast_reschedule();
    return true;
}

Packet *RatedSource::pull(int)
{
    if (!running()) {
        _note.sleep();
        if (_active)
            ended();
        return nullptr;
    }
    _tokens.refill(Timestamp::now_steady());
    if (!_tokens.available()) {
        _note.sleep();
        _timer.schedule_after(_tokens.wait_for());
        return nullptr;
    }
    _tokens.remove();
    return make_packet();
}

void RatedSource::restart()
{
    _tokens.start(Timestamp::now_steady(), 1);
    _task.reschedule();
}

int RatedSource::rate_handler(const String &text, Element *element, void *, ErrorHandler *errh)
{
    RatedSource *s = static_cast<RatedSource *>(element);
    unsigned rate;
    if (!IntArg().parse(text, rate))
        return errh->error("expected integer");
    s->set_rate(rate);
    if (s->running())
        s->restart();
    return 0;
}

void RatedSource::add_handlers()
{
    add_common_handlers();
    add_data_handlers("rate", Handler::OP_READ, &_rate);
    add_write_handler("rate", rate_handler);
}

EXPORT_ELEMENT(RatedSource)
