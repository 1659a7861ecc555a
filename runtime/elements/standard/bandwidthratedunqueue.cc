// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "bandwidthratedunqueue.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/standard/scheduleinfo.hh>

int BandwidthRatedUnqueue::configure(Vector<String> &conf, ErrorHandler *errh)
{
    uint32_t rate = 0;
    if (Args(conf, this, errh).read_mp("RATE", BandwidthArg(), rate).read("ACTIVE", _active).read("BURST_BYTES", _burst).read("BURST_DURATION", _burst_duration).complete() < 0)
        return -1;
    set_rate(rate);
    return 0;
}

// The bucket makes late wake-ups good, not long pauses.
void BandwidthRatedUnqueue::set_rate(uint32_t rate)
{
    _rate = rate;
    double burst = _burst ? _burst : rate * _burst_duration.doubleval();
    _tokens.assign(rate, burst);
}

int BandwidthRatedUnqueue::initialize(ErrorHandler *errh)
{
    _tokens.start(Timestamp::now_steady());
    ScheduleInfo::initialize_task(this, &_task, _active, errh);
    _signal = Notifier::upstream_empty_signal(this, 0, &_task);
    _timer.initialize(this);
    return 0;
}

bool BandwidthRatedUnqueue::run_task(Task *)
{
    if (!_active)
        return false;
    _tokens.refill(Timestamp::now_steady());
    if (!_tokens.available()) {
        _timer.schedule_after(_tokens.wait_for());
        return false;
    }
    Packet *packet = input(0).pull();
    if (packet) {
        // A frame may put the bucket in debt; the next waits until that is paid.
        _tokens.remove(packet->length());
        ++_count;
        output(0).push(packet);
    }
    if (packet || _signal)
        _task.fast_reschedule();
    return packet != nullptr;
}

int BandwidthRatedUnqueue::rate_handler(const String &text, Element *element, void *, ErrorHandler *errh)
{
    BandwidthRatedUnqueue *u = static_cast<BandwidthRatedUnqueue *>(element);
    uint32_t rate;
    if (!BandwidthArg().parse(text, rate))
        return errh->error("expected bandwidth");
    u->set_rate(rate);
    if (u->_active)
        u->_task.reschedule();
    return 0;
}

int BandwidthRatedUnqueue::active_handler(const String &text, Element *element, void *, ErrorHandler *errh)
{
    BandwidthRatedUnqueue *u = static_cast<BandwidthRatedUnqueue *>(element);
    if (!BoolArg().parse(text, u->_active))
        return errh->error("expected boolean");
    if (u->_active)
        u->_task.reschedule();
    return 0;
}

void BandwidthRatedUnqueue::add_handlers()
{
    add_data_handlers("rate", Handler::OP_READ, &_rate);
    add_write_handler("rate", rate_handler);
    add_data_handlers("active", Handler::OP_READ | Handler::CHECKBOX, &_active);
    add_write_handler("active", active_handler);
    add_data_handlers("count", Handler::OP_READ, &_count);
    add_task_handlers(&_task);
}

EXPORT_ELEMENT(BandwidthRatedUnqueue)
