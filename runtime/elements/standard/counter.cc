// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "counter.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/confparse.hh>

int Counter::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String count_call, byte_count_call;
    if (Args(conf, this, errh)
            .read("COUNT_CALL", AnyArg(), count_call)
            .read("BYTE_COUNT_CALL", AnyArg(), byte_count_call)
            .complete() < 0)
        return -1;
    if (count_call && parse_trigger(count_call, _count_trigger, false, errh) < 0)
        return -1;
    if (byte_count_call && parse_trigger(byte_count_call, _byte_trigger, false, errh) < 0)
        return -1;
    return 0;
}

int Counter::initialize(ErrorHandler *errh)
{
    if (_count_trigger.armed && _count_trigger.call.initialize_write(this, errh) < 0)
        return -1;
    if (_byte_trigger.armed && _byte_trigger.call.initialize_write(this, errh) < 0)
        return -1;
    return 0;
}

int Counter::parse_trigger(const String &text, Trigger &trigger, bool initialize, ErrorHandler *errh)
{
    String rest = cp_uncomment(text);
    String number = cp_shift_spacevec(rest);
    Trigger parsed;
    if (!IntArg().parse(number, parsed.at) || !rest)
        return errh->error("expected 'N HANDLER [VALUE]'");
    parsed.call = HandlerCall(rest);
    parsed.armed = true;
    if (initialize && parsed.call.initialize_write(this, errh) < 0)
        return -1;
    trigger = parsed;
    return 0;
}

// Called once, whichever thread comes first.
void Counter::check(Trigger &trigger, const ThreadCounter &count)
{
    std::atomic_ref<bool> armed(trigger.armed);
    if (armed.load(std::memory_order_relaxed) && count.value() >= trigger.at && armed.exchange(false))
        trigger.call.call_write();
}

void Counter::add(uint64_t packets, uint64_t bytes)
{
    Timestamp now = Timestamp::recent_steady();
    _count += packets;
    _bytes += bytes;
    Rates &rates = _rates.get();
    rates.packets.add(static_cast<double>(packets), now);
    rates.bytes.add(static_cast<double>(bytes), now);
    check(_count_trigger, _count);
    check(_byte_trigger, _bytes);
}

// Handlers run while no packet moves, so they may look at every thread's.
double Counter::rate(RateMeter Rates::*meter)
{
    Timestamp now = Timestamp::now_steady();
    double sum = 0;
    for (Rates &rates : _rates)
        sum += (rates.*meter).per_second(now);
    return sum;
}

Packet *Counter::simple_action(Packet *packet)
{
    if (packet->offload().gso_type)
        ++_gso;
    add(1, packet->length());
    return packet;
}

PacketBatch *Counter::simple_action_batch(PacketBatch *batch)
{
    uint64_t bytes = 0;
    FOR_EACH_PACKET(batch, packet) {
        bytes += packet->length();
        if (packet->offload().gso_type)
            ++_gso;
    }
    add(batch->count(), bytes);
    return batch;
}

String Counter::read_handler(Element *element, void *user_data)
{
    Counter *c = static_cast<Counter *>(element);
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_count:
        return String(c->_count.value());
    case h_bytes:
        return String(c->_bytes.value());
    case h_gso:
        return String(c->_gso.value());
    case h_rate:
        return String(c->rate(&Rates::packets));
    case h_byte_rate:
        return String(c->rate(&Rates::bytes));
    default:
        return String(c->rate(&Rates::bytes) * 8);
    }
}

int Counter::write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh)
{
    Counter *c = static_cast<Counter *>(element);
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_count_call:
        return c->parse_trigger(text, c->_count_trigger, true, errh);
    case h_byte_count_call:
        return c->parse_trigger(text, c->_byte_trigger, true, errh);
    default:
        for (ThreadCounter *counter : {&c->_count, &c->_bytes, &c->_gso})
            counter->reset();
        c->_rates.set(Rates());
        // What was called once may be called again.
        c->_count_trigger.armed = c->_count_trigger.call;
        c->_byte_trigger.armed = c->_byte_trigger.call;
        return 0;
    }
}

void Counter::add_handlers()
{
    add_read_handler("count", read_handler, h_count);
    add_read_handler("byte_count", read_handler, h_bytes);
    add_read_handler("rate", read_handler, h_rate);
    add_read_handler("byte_rate", read_handler, h_byte_rate);
    add_read_handler("bit_rate", read_handler, h_bit_rate);
    add_read_handler("gso_count", read_handler, h_gso);
    add_write_handler("reset", write_handler, h_reset, Handler::BUTTON);
    add_write_handler("reset_counts", write_handler, h_reset, Handler::BUTTON | Handler::UNCOMMON);
    add_write_handler("count_call", write_handler, h_count_call);
    add_write_handler("byte_count_call", write_handler, h_byte_count_call);
}

EXPORT_ELEMENT(Counter)
