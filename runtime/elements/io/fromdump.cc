// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "fromdump.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/ipaddress.hh>
#include <click/packet_anno.hh>
#include <click/router.hh>
#include <click/standard/scheduleinfo.hh>
#include <clicknet/ip.h>
#include <cstring>

void *FromDump::cast(const char *name)
{
    if (strcmp(name, Notifier::EMPTY_NOTIFIER) == 0 && output_is_pull(0))
        return static_cast<Notifier *>(&_note);
    return BatchElement::cast(name);
}

int FromDump::configure(Vector<String> &conf, ErrorHandler *errh)
{
    if (Args(conf, this, errh)
            .read_mp("FILENAME", FilenameArg(), _filename)
            .read_p("TIMING", _timing)
            .read("STOP", _stop)
            .read("ACTIVE", _active)
            .read("FORCE_IP", _force_ip)
            .read("BURST", _burst)
            .read("TIMESTAMP", _timestamp)
            .read("END_CALL", HandlerCallArg(HandlerCall::writable), _end_call)
            .complete() < 0)
        return -1;
    if (_burst < 1)
        return errh->error("BURST must be at least 1");
    return 0;
}

int FromDump::initialize(ErrorHandler *errh)
{
    String problem = _reader.open(_filename);
    if (problem)
        return errh->error("%s: %s", _filename.c_str(), problem.c_str());
    if (_end_call && _end_call.initialize_write(this, errh) < 0)
        return -1;
    _note.initialize(Notifier::EMPTY_NOTIFIER, router());
    _note.set_active(_active, false);
    if (output_is_push(0))
        ScheduleInfo::initialize_task(this, &_task, _active, errh);
    else
        _task.initialize(this, false);
    _timer.initialize(this);
    return 0;
}

void FromDump::cleanup(CleanupStage)
{
    _reader.close();
}

// Makes sure that a record is at hand. False at the end.
bool FromDump::fetch()
{
    if (_have_record || _finished)
        return _have_record;
    switch (_reader.read(_record)) {
    case pcap::Reader::record:
        _have_record = true;
        return true;
    case pcap::Reader::broken:
        click_chatter("%s: %s: %s", declaration().c_str(), _filename.c_str(), _reader.problem().c_str());
        [[fallthrough]];
    default:
        finish();
        return false;
    }
}

void FromDump::finish()
{
    if (_finished)
        return;
    _finished = true;
    _note.sleep();
    if (_end_call)
        _end_call.call_write(ErrorHandler::default_handler());
    if (_stop)
        router()->please_stop_driver();
}

// With TIMING: whether the record's time has come; if not, the timer will say so.
bool FromDump::due()
{
    if (!_timing)
        return true;
    Timestamp now = Timestamp::now_steady();
    if (!_have_offset) {
        _offset = now - _record.time;
        _have_offset = true;
    }
    Timestamp when = _record.time + _offset;
    if (when <= now)
        return true;
    _timer.schedule_at_steady(when);
    _note.sleep();
    return false;
}

Packet *FromDump::make_packet() const
{
    // An IP header, behind 14 bytes of Ethernet too, is to start at a multiple of 4.
    unsigned headroom = Packet::default_headroom + (_reader.link_type() == pcap::link_ethernet ? 2 : 0);
    WritablePacket *packet = Packet::make(headroom, _record.bytes.data(), _record.bytes.size(), 0);
    if (!packet)
        return nullptr;
    if (_timestamp)
        packet->set_timestamp_anno(_record.time);
    if (_record.original_length > _record.bytes.size())
        SET_EXTRA_LENGTH_ANNO(packet, _record.original_length - _record.bytes.size());
    packet->set_mac_header(packet->data());
    return packet;
}

// The packet from its IP header on, or null (and the packet is gone) when it has none.
Packet *FromDump::strip_link(Packet *packet) const
{
    const unsigned char *data = packet->data();
    unsigned header = 0;
    bool ip = true;
    if (_reader.link_type() == pcap::link_ethernet) {
        header = 14;
        if (packet->length() >= 18 && data[12] == 0x81 && data[13] == 0)
            header = 18;
        ip = packet->length() >= header && data[header - 2] == 8 && data[header - 1] == 0;
    } else if (_reader.link_type() == pcap::link_linux_cooked) {
        header = 16;
        ip = packet->length() >= header && data[14] == 8 && data[15] == 0;
    }
    if (!ip || packet->length() < header + sizeof(click_ip) || data[header] >> 4 != 4) {
        packet->kill();
        return nullptr;
    }
    packet->pull(header);
    const click_ip *ip_header = reinterpret_cast<const click_ip *>(packet->data());
    packet->set_ip_header(ip_header, ip_header->ip_hl * 4);
    packet->set_dst_ip_anno(IPAddress(ip_header->ip_dst));
    return packet;
}

Packet *FromDump::next_packet()
{
    while (fetch() && due()) {
        Packet *packet = make_packet();
        _have_record = false;
        if (packet && _force_ip && !(packet = strip_link(packet)))
            ++_drops;
        if (packet) {
            ++_count;
            return packet;
        }
    }
    return nullptr;
}

bool FromDump::run_task(Task *)
{
    if (output_is_pull(0)) {
        _note.set_active(_active && !_finished);
        return true;
    }
    if (!_active)
        return false;
    PacketBatch *batch;
    MAKE_BATCH(next_packet(), batch, _burst);
    if (batch && batch->count() == 1)
        output(0).push(batch->first());
    else if (batch)
        output_push_batch(0, batch);
    if (!_finished && !_timer.scheduled())
        _task.fast_reschedule();
    return batch != nullptr;
}

Packet *FromDump::pull(int)
{
    Packet *packet = _active ? next_packet() : nullptr;
    // The end shows only to who looks beyond the last packet.
    if (packet && !_timing)
        fetch();
    if (!_active || _finished)
        _note.sleep();
    return packet;
}

void FromDump::set_active(bool active)
{
    _active = active;
    if (active && !_finished) {
        if (output_is_push(0))
            _task.reschedule();
        else
            _note.wake();
    }
}

String FromDump::read_handler(Element *element, void *user_data)
{
    FromDump *f = static_cast<FromDump *>(element);
    if (reinterpret_cast<intptr_t>(user_data) == h_filepos)
        return String(f->_reader.position());
    return BoolArg::unparse(f->_active);
}

int FromDump::write_handler(const String &text, Element *element, void *user_data, ErrorHandler *errh)
{
    FromDump *f = static_cast<FromDump *>(element);
    if (reinterpret_cast<intptr_t>(user_data) == h_stop) {
        f->set_active(false);
        f->router()->please_stop_driver();
        return 0;
    }
    bool active;
    if (!BoolArg().parse(text, active))
        return errh->error("expected boolean");
    f->set_active(active);
    return 0;
}

void FromDump::add_handlers()
{
    add_data_handlers("count", Handler::OP_READ, &_count);
    add_data_handlers("packets", Handler::OP_READ, &_count);
    add_data_handlers("drops", Handler::OP_READ, &_drops);
    add_data_handlers("filename", Handler::OP_READ, &_filename);
    add_read_handler("filepos", read_handler, h_filepos);
    add_read_handler("active", read_handler, h_active, Handler::CHECKBOX);
    add_write_handler("active", write_handler, h_active);
    add_write_handler("stop", write_handler, h_stop, Handler::BUTTON);
    if (output_is_push(0))
        add_task_handlers(&_task);
}

EXPORT_ELEMENT(FromDump)
