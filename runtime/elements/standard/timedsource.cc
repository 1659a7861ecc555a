// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "timedsource.hh"
#include <click/args.hh>
#include <click/error.hh>

int TimedSource::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Args args(conf, this, errh);
    read_common(args);
    if (args.read_p("INTERVAL", _interval)
            .read_p("DATA", _data)
            .read("LIMIT", _limit)
            .read("ACTIVE", _active)
            .complete() < 0)
        return -1;
    return finish_common(errh);
}

int TimedSource::initialize(ErrorHandler *errh)
{
    _task.initialize(this, false);
    _timer.initialize(this);
    if (_active)
        _timer.schedule_after(_interval);
    return initialize_common(errh);
}

void TimedSource::run_timer(Timer *)
{
    if (!_active)
        return;
    if (running())
        if (Packet *packet = make_packet())
            output(0).push(packet);
    if (exhausted())
        ended();
    else
        _timer.reschedule_after(_interval);
}

void TimedSource::add_handlers()
{
    add_common_handlers();
    add_data_handlers("interval", Handler::OP_READ | Handler::OP_WRITE, &_interval, true);
}

EXPORT_ELEMENT(TimedSource)
