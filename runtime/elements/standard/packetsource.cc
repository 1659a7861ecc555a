// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "packetsource.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/router.hh>
#include <algorithm>
#include <cstring>

// As long as other engines' default, so that lengths compare; the words are ours.
static const char default_data[] = "Nothing to see: MiMi fills its packets with this text if told nothing";

PacketSource::~PacketSource()
{
    if (_packet)
        _packet->kill();
}

void PacketSource::cleanup(CleanupStage)
{
    if (_packet)
        _packet->kill();
    _packet = nullptr;
}

void PacketSource::read_common(Args &args)
{
    _data = String(default_data);
    _headroom = Packet::default_headroom;
    _stop = false;
    args.read("LENGTH", _length)
        .read("DATASIZE", _length)
        .read("STOP", _stop)
        .read("TIMESTAMP", _timestamp)
        .read("HEADROOM", _headroom)
        .read("END_CALL", HandlerCallArg(HandlerCall::writable), _end_call);
}

int PacketSource::finish_common(ErrorHandler *errh)
{
    if (_headroom > 65535)
        return errh->error("HEADROOM: too large");
    make_template();
    return _packet ? 0 : errh->error("out of memory");
}

void PacketSource::make_template()
{
    if (_packet)
        _packet->kill();
    uint32_t length = _length >= 0 ? _length : _data.length();
    WritablePacket *packet = Packet::make(_headroom, nullptr, length, 0);
    // A text shorter than the packet is repeated.
    for (uint32_t i = 0; packet && i < length; ++i)
        packet->data()[i] = _data.length() ? _data[i % _data.length()] : 0;
    _packet = packet;
}

int PacketSource::initialize_common(ErrorHandler *errh)
{
    return _end_call ? _end_call.initialize_write(this, errh) : 0;
}

Packet *PacketSource::make_packet()
{
    Packet *packet = _packet->clone();
    if (!packet)
        return nullptr;
    ++_count;
    if (_timestamp)
        packet->set_timestamp_anno(Timestamp::now());
    return packet;
}

// They are made at the same time.
PacketBatch *PacketSource::make_batch(unsigned n)
{
    if (_limit >= 0)
        n = static_cast<unsigned>(std::min<uint64_t>(n, exhausted() ? 0 : static_cast<uint64_t>(_limit) - _count));
    PacketBatch *batch = n ? PacketBatch::make_clones(_packet, n) : nullptr;
    if (!batch)
        return nullptr;
    _count += batch->count();
    if (_timestamp) {
        const Timestamp now = Timestamp::now();
        FOR_EACH_PACKET (batch, packet)
            packet->set_timestamp_anno(now);
    }
    return batch;
}

void PacketSource::ended()
{
    if (_ended)
        return;
    _ended = true;
    if (_end_call)
        _end_call.call_write(ErrorHandler::default_handler());
    if (_stop)
        router()->please_stop_driver();
}

int PacketSource::write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh)
{
    PacketSource *s = static_cast<PacketSource *>(element);
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_active:
        if (!BoolArg().parse(text, s->_active))
            return errh->error("expected boolean");
        break;
    case h_limit:
        if (!IntArg().parse(text, s->_limit))
            return errh->error("expected integer");
        break;
    case h_data:
        if (!StringArg().parse(text, s->_data))
            return errh->error("expected string");
        s->make_template();
        break;
    case h_length:
        if (!IntArg().parse(text, s->_length))
            return errh->error("expected integer");
        s->make_template();
        break;
    default:
        s->_count = 0;
    }
    if (s->running()) {
        s->_ended = false;
        s->restart();
    }
    return 0;
}

void PacketSource::add_common_handlers()
{
    add_data_handlers("count", Handler::OP_READ, &_count);
    add_data_handlers("active", Handler::OP_READ | Handler::CHECKBOX, &_active);
    add_data_handlers("data", Handler::OP_READ | Handler::RAW | Handler::CALM, &_data);
    add_data_handlers("limit", Handler::OP_READ | Handler::CALM, reinterpret_cast<long *>(&_limit));
    add_data_handlers("length", Handler::OP_READ | Handler::CALM, &_length);
    add_write_handler("active", write_handler, h_active);
    add_write_handler("data", write_handler, h_data, Handler::RAW);
    add_write_handler("limit", write_handler, h_limit);
    add_write_handler("length", write_handler, h_length);
    add_write_handler("reset", write_handler, h_reset, Handler::BUTTON);
    add_task_handlers(&_task);
}
