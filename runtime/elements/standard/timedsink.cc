// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "timedsink.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet.hh>

int TimedSink::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_p("INTERVAL", _interval).complete();
}

int TimedSink::initialize(ErrorHandler *)
{
    _timer.initialize(this);
    _timer.schedule_after(_interval);
    return 0;
}

void TimedSink::run_timer(Timer *)
{
    if (Packet *packet = input(0).pull()) {
        ++_count;
        packet->kill();
    }
    _timer.reschedule_after(_interval);
}

void TimedSink::add_handlers()
{
    add_data_handlers("interval", Handler::OP_READ | Handler::OP_WRITE, &_interval, true);
    add_data_handlers("count", Handler::OP_READ, &_count);
}

EXPORT_ELEMENT(TimedSink)
