// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "dispenser.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet_anno.hh>
#include <click/standard/scheduleinfo.hh>
#include <click/straccum.hh>
CLICK_DECLS

Dispenser::Dispenser()
    : _mark(0), _anno(PAINT_ANNO_OFFSET), _count_anno(AGGREGATE_ANNO_OFFSET), _burst(1), _left(0), _moved(0), _period_ms(100),
      _active(true), _ratio(0), _friend(0), _many(0), _task(this), _timer(this)
{
}

int Dispenser::configure(Vector<String> &conf, ErrorHandler *errh)
{
    bool given = false;
    if (Args(conf, this, errh)
            .read_mp("MARK", _mark)
            .read_p("ANNO", AnnoArg(1), _anno)
            .read("COUNT_ANNO", AnnoArg(4), _count_anno)
            .read("BURST", BoundedIntArg(1, 100), _burst).read_status(given)
            .read("PERIOD", SecondsArg(3), _period_ms)
            .read("ACTIVE", _active)
            .read("ADDR", _address)
            .read("NET", IPPrefixArg(true), _network, _mask)
            .read("ETHER", _ether)
            .read("LABEL", _label)
            .read("WORD", WordArg(), _word)
            .read("RATIO", _ratio)
            .read("AGE", _age)
            .read("FRIEND", ElementCastArg("Counter"), _friend)
            .read("MANY", IntArg(16), _many)
            .complete() < 0)
        return -1;
    return given ? 0 : errh->error("BURST is wanted");
}

int Dispenser::initialize(ErrorHandler *errh)
{
    ScheduleInfo::initialize_task(this, &_task, false, errh);
    _signal = Notifier::upstream_empty_signal(this, 0, &_task);
    _timer.initialize(this);
    _timer.schedule_after_msec(_period_ms);
    return 0;
}

bool Dispenser::run_task(Task *)
{
    bool any = false;
    while (_active && _left) {
        Packet *p = input(0).pull();
        if (!p)
            break;
        --_left;
        any = true;
        p->set_anno_u8(_anno, _mark);
        p->set_anno_u32(_count_anno, ++_moved);
        output(0).push(p);
    }
    if (_active && _left && _signal)
        _task.fast_reschedule();
    return any;
}

void Dispenser::run_timer(Timer *timer)
{
    _left = _burst;
    _task.reschedule();
    timer->reschedule_after_msec(_period_ms);
}

String Dispenser::read(Element *e, void *)
{
    Dispenser *d = static_cast<Dispenser *>(e);
    StringAccum sa;
    sa << d->_address << ", " << d->_network << ", " << d->_mask << ", " << d->_ether << ", " << d->_label << ", " << d->_word << ", "
       << d->_ratio << ", " << d->_age.msecval() << ", " << (d->_friend ? d->_friend->name() : String("nobody")) << ", " << d->_many << ", "
       << (d->_anno == PAINT_ANNO_OFFSET && d->_count_anno == AGGREGATE_ANNO_OFFSET ? "offsets" : "no offsets");
    return sa.take_string();
}

int Dispenser::write_burst(const String &text, Element *e, void *, ErrorHandler *errh)
{
    Dispenser *d = static_cast<Dispenser *>(e);
    if (!BoundedIntArg(1, 100).parse(text, d->_burst))
        return errh->error("expected 1 to 100");
    return 0;
}

void Dispenser::add_handlers()
{
    add_read_handler("arguments", read, 0);
    add_write_handler("burst", write_burst, 0);
    add_data_handlers("moved", Handler::OP_READ, &_moved);
    add_data_handlers("active", Handler::OP_READ | Handler::OP_WRITE | Handler::CHECKBOX, &_active);
    add_task_handlers(&_task);
}

CLICK_ENDDECLS
EXPORT_ELEMENT(Dispenser)
