// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "delayshaper.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet.hh>
#include <click/router.hh>
#include <cstring>
#include <utility>

void *DelayShaper::cast(const char *name)
{
    if (strcmp(name, Notifier::EMPTY_NOTIFIER) == 0)
        return static_cast<Notifier *>(&_note);
    return Element::cast(name);
}

int DelayShaper::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_mp("DELAY", _delay).complete();
}

int DelayShaper::initialize(ErrorHandler *)
{
    _note.initialize(Notifier::EMPTY_NOTIFIER, router());
    _timer.initialize(this);
    _upstream = Notifier::upstream_empty_signal(this, 0, &_note);
    return 0;
}

void DelayShaper::cleanup(CleanupStage)
{
    if (_waiting)
        _waiting->kill();
    _waiting = nullptr;
}

Packet *DelayShaper::pull(int)
{
    if (!_waiting && (_waiting = input(0).pull())) {
        Timestamp &time = _waiting->timestamp_anno();
        // The first second of 1970 is no time of a packet.
        if (time.sec() == 0)
            time = Timestamp::now();
        time += _delay;
    }
    if (!_waiting) {
        _note.set_active(_upstream, false);
        return nullptr;
    }
    const Timestamp due = _waiting->timestamp_anno();
    const Timestamp now = Timestamp::now();
    if (due > now) {
        _timer.schedule_at(due);
        _note.sleep();
        return nullptr;
    }
    _waiting->set_timestamp_anno(now);
    _note.wake();
    return std::exchange(_waiting, nullptr);
}

void DelayShaper::run_timer(Timer *)
{
    _note.wake();
}

void DelayShaper::add_handlers()
{
    add_data_handlers("delay", Handler::OP_READ | Handler::OP_WRITE, &_delay, true);
}

EXPORT_ELEMENT(DelayShaper)
