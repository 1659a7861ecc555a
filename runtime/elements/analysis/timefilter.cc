// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "timefilter.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/router.hh>
#include <click/variableenv.hh>

int TimeFilter::configure(Vector<String> &conf, ErrorHandler *errh)
{
    struct {
        const char *name;
        Base base;
        bool start, given;
        Timestamp time;
    } bounds[] = {{"START", absolute, true, false, {}},       {"END", absolute, false, false, {}},
                  {"START_AFTER", after_first, true, false, {}}, {"START_DELAY", after_begin, true, false, {}},
                  {"END_AFTER", after_first, false, false, {}},  {"END_DELAY", after_begin, false, false, {}},
                  {"INTERVAL", after_start, false, false, {}}};
    Args args(conf, this, errh);
    for (auto &bound : bounds)
        if (bound.base == absolute)
            args.read_p(bound.name, bound.time).read_status(bound.given);
        else
            args.read(bound.name, bound.time).read_status(bound.given);
    if (args.read("STOP", _stop).read("END_CALL", HandlerCallArg(HandlerCall::writable), _end_call).complete() < 0)
        return -1;
    if (_stop && _end_call)
        return errh->error("STOP and END_CALL exclude each other");
    for (const auto &bound : bounds) {
        Bound &side = bound.start ? _start : _end;
        if (bound.given && side.base != unbounded)
            return errh->error("%s given in two ways", bound.start ? "start" : "end");
        if (bound.given)
            side = Bound{bound.time, bound.base};
    }
    return 0;
}

int TimeFilter::initialize(ErrorHandler *errh)
{
    for (Bound *side : {&_start, &_end})
        if (side->base == after_begin)
            *side = Bound{side->time + Timestamp::now(), absolute};
    return _end_call ? _end_call.initialize_write(this, errh) : 0;
}

void TimeFilter::first_packet(const Timestamp &time)
{
    _started = true;
    for (Bound *side : {&_start, &_end})
        if (side->base == after_first)
            *side = Bound{side->time + time, absolute};
    if (_end.base == after_start)
        _end = Bound{_end.time + (_start.base == unbounded ? time : _start.time), absolute};
}

// Once for each end: who moves it is told again.
void TimeFilter::ended(const Timestamp &time)
{
    _ended = true;
    if (_stop)
        router()->please_stop_driver();
    if (!_end_call)
        return;
    VariableEnvironment variables;
    variables.define("t", time.unparse());
    _end_call.call_write(variables, ErrorHandler::default_handler());
}

Packet *TimeFilter::simple_action(Packet *packet)
{
    const Timestamp time = packet->timestamp_anno();
    if (!_started)
        first_packet(time);
    if (past_end(time) && !_ended)
        ended(time);
    if (past_end(time) || (_start.base != unbounded && time < _start.time)) {
        checked_output_push(1, packet);
        return nullptr;
    }
    return packet;
}

String TimeFilter::read_handler(Element *element, void *user_data)
{
    TimeFilter *f = static_cast<TimeFilter *>(element);
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_start:
        return f->_start.time.unparse();
    case h_end:
        return f->_end.time.unparse();
    default:
        return (f->_end.base == after_start ? f->_end.time : f->_end.time - f->_start.time).unparse();
    }
}

int TimeFilter::write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh)
{
    TimeFilter *f = static_cast<TimeFilter *>(element);
    Timestamp time;
    if (!TimestampArg(true).parse(text, time))
        return errh->error("expected a time");
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_start:
        f->_start = Bound{time, absolute};
        return 0;
    case h_end:
        f->_end = Bound{time, absolute};
        break;
    case h_interval:
        f->_end = f->_started ? Bound{f->_start.time + time, absolute} : Bound{time, after_start};
        break;
    default:
        f->_end.time += time;
    }
    f->_ended = false;
    return 0;
}

void TimeFilter::add_handlers()
{
    static const struct {
        const char *name;
        Handle handle;
    } handles[] = {{"start", h_start}, {"end", h_end}, {"interval", h_interval}};
    for (const auto &[name, handle] : handles) {
        add_read_handler(name, read_handler, handle);
        add_write_handler(name, write_handler, handle);
    }
    add_write_handler("extend_interval", write_handler, h_extend);
}

EXPORT_ELEMENT(TimeFilter)
