// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "linkunqueue.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet.hh>
#include <click/packet_anno.hh>
#include <click/standard/scheduleinfo.hh>
#include <algorithm>
#include <cstring>

void *LinkUnqueue::cast(const char *name)
{
    if (strcmp(name, "Storage") == 0)
        return static_cast<Storage *>(this);
    return Element::cast(name);
}

int LinkUnqueue::configure(Vector<String> &conf, ErrorHandler *errh)
{
    if (Args(conf, this, errh).read_mp("LATENCY", _latency).read_mp("BANDWIDTH", BandwidthArg(), _bandwidth).complete() < 0)
        return -1;
    return _bandwidth > 0 ? 0 : errh->error("BANDWIDTH must be more than 0");
}

int LinkUnqueue::initialize(ErrorHandler *errh)
{
    ScheduleInfo::initialize_task(this, &_task, true, errh);
    _timer.initialize(this);
    _signal = Notifier::upstream_empty_signal(this, 0, &_task);
    set_capacity(invalid_index - 1);
    return 0;
}

void LinkUnqueue::cleanup(CleanupStage)
{
    for (Packet *packet : _link)
        packet->kill();
    _link.clear();
    set_tail(0);
}

Timestamp LinkUnqueue::transmission(const Packet *packet) const
{
    uint64_t length = packet->length() + EXTRA_LENGTH_ANNO(packet);
    return Timestamp::make_nsec(static_cast<Timestamp::value_type>(length * 1000000000 / _bandwidth));
}

bool LinkUnqueue::take_in(const Timestamp &now)
{
    bool any = false;
    while (_link.empty() || _free <= now) {
        Packet *packet = input(0).pull();
        if (!packet) {
            _back_to_back = false;
            break;
        }
        // A packet that waited for the near end follows its forerunner bit by bit, however late the task came.
        _free = (_back_to_back && !_link.empty() ? _free : now) + transmission(packet);
        packet->set_timestamp_anno(_free + _latency);
        _link.push_back(packet);
        any = _back_to_back = true;
    }
    return any;
}

bool LinkUnqueue::give_out(const Timestamp &now)
{
    bool any = false;
    while (!_link.empty() && _link.front()->timestamp_anno() <= now) {
        Packet *packet = _link.front();
        _link.pop_front();
        output(0).push(packet);
        any = true;
    }
    return any;
}

bool LinkUnqueue::run_task(Task *)
{
    const Timestamp now = Timestamp::now();
    bool worked = take_in(now);
    worked |= give_out(now);
    set_tail(static_cast<index_type>(_link.size()));
    if (_link.empty()) {
        if (_signal)
            _task.fast_reschedule();
        return worked;
    }
    Timestamp next = _link.front()->timestamp_anno();
    if (_signal)
        next = std::min(next, _free);
    if (next <= now)
        _task.fast_reschedule();
    else
        _timer.schedule_at(next);
    return worked;
}

String LinkUnqueue::read_handler(Element *element, void *)
{
    return String(static_cast<LinkUnqueue *>(element)->_link.size());
}

int LinkUnqueue::reset_handler(const String &, Element *element, void *, ErrorHandler *)
{
    LinkUnqueue *l = static_cast<LinkUnqueue *>(element);
    l->cleanup(CLEANUP_MANUAL);
    l->_task.reschedule();
    return 0;
}

void LinkUnqueue::add_handlers()
{
    add_data_handlers("latency", Handler::OP_READ | Handler::CALM, &_latency, true);
    add_data_handlers("bandwidth", Handler::OP_READ | Handler::CALM, &_bandwidth);
    add_read_handler("size", read_handler);
    add_write_handler("reset", reset_handler, 0, Handler::BUTTON);
    add_task_handlers(&_task);
}

EXPORT_ELEMENT(LinkUnqueue)
