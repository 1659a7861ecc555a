// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "everynth.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/straccum.hh>
CLICK_DECLS

EveryNth::EveryNth() : _n(1), _seen(0), _ticks(0), _period_ms(1000), _timer(this) {}

int EveryNth::configure(Vector<String> &conf, ErrorHandler *errh)
{
    if (Args(conf, this, errh).read_mp("N", _n).read_p("PERIOD", SecondsArg(3), _period_ms).complete() < 0)
        return -1;
    return _n > 0 ? 0 : errh->error("N must be positive");
}

int EveryNth::initialize(ErrorHandler *)
{
    _timer.initialize(this);
    _timer.schedule_after_msec(_period_ms);
    return 0;
}

void EveryNth::push(int, Packet *p)
{
    checked_output_push(++_seen % _n ? 1 : 0, p);
}

void EveryNth::run_timer(Timer *timer)
{
    ++_ticks;
    timer->reschedule_after_msec(_period_ms);
}

String EveryNth::read(Element *e, void *)
{
    EveryNth *self = static_cast<EveryNth *>(e);
    StringAccum sa;
    sa << "n " << self->_n << ", seen " << self->_seen << ", ticks " << self->_ticks;
    return sa.take_string();
}

int EveryNth::write(const String &text, Element *e, void *, ErrorHandler *errh)
{
    EveryNth *self = static_cast<EveryNth *>(e);
    uint32_t n;
    if (!IntArg().parse(text, n) || n == 0)
        return errh->error("expected a positive number");
    self->_n = n;
    return 0;
}

void EveryNth::add_handlers()
{
    add_read_handler("state", read, 0, Handler::CALM);
    add_write_handler("n", write, 0);
    add_data_handlers("seen", Handler::OP_READ | Handler::OP_WRITE, &_seen);
}

CLICK_ENDDECLS
EXPORT_ELEMENT(EveryNth)
