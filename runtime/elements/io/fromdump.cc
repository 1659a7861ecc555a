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
#include "runtime/base/packetblock.hh"
#include <cstring>

void *FromDump::cast(const char *name)
{
    if (strcmp(name, Notifier::EMPTY_NOTIFIER) == 0 && output_is_pull(0))
        return static_cast<Notifier *>(&_note);
    return BatchElement::cast(name);
}

int FromDump::configure(Vector<String> &conf, ErrorHandler *errh)
{
    bool mmap;  // for configurations that ask for it: the reader's one way is the faster one
    if (Args(conf, this, errh)
            .read_mp("FILENAME", FilenameArg(), _filename)
            .read_p("TIMING", _timing)
            .read("STOP", _stop)
            .read("ACTIVE", _active)
            .read("FORCE_IP", _force_ip)
            .read("BURST", _burst)
            .read("TIMESTAMP", _timestamp)
            .read("MMAP", mmap)
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
    if (_have_record || _at_end)
        return _have_record;
    switch (_reader.read(_record)) {
    case pcap::Reader::record:
        _have_record = true;
        return true;
    case pcap::Reader::broken:
        click_chatter("%s: %s: %s", declaration().c_str(), _filename.c_str(), _reader.problem().c_str());
        [[fallthrough]];
    default:
        _at_end = true;
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

// The record as a packet that borrows its bytes from the reader, without holding the block yet; a copy if the reader lends none.
WritablePacket *FromDump::make_packet(PacketBlock *block) const
{
    WritablePacket *packet;
    if (likely(block != nullptr))
        packet = block->lend(_record.head, _record.bytes, _record.length, _record.bytes + _record.length + _record.tailroom);
    else {
        // An IP header, behind 14 bytes of Ethernet too, is to start at a multiple of 4.
        unsigned headroom = Packet::default_headroom + (_reader.link_type() == pcap::link_ethernet ? 2 : 0);
        packet = Packet::make(headroom, _record.bytes, _record.length, 0);
    }
    if (unlikely(!packet))
        return nullptr;
    if (_timestamp)
        packet->set_timestamp_anno(_record.time);
    if (_record.original_length > _record.length)
        SET_EXTRA_LENGTH_ANNO(packet, _record.original_length - _record.length);
    packet->set_mac_header(packet->data());
    return packet;
}

// With FORCE_IP: where the record's IP header starts; -1 when it has none.
int FromDump::ip_offset() const
{
    const unsigned char *data = _record.bytes;
    uint32_t header = 0;
    bool ip = true;
    if (_reader.link_type() == pcap::link_ethernet) {
        header = 14;
        if (_record.length >= 18 && data[12] == 0x81 && data[13] == 0)
            header = 18;
        ip = _record.length >= header && data[header - 2] == 8 && data[header - 1] == 0;
    } else if (_reader.link_type() == pcap::link_linux_cooked) {
        header = 16;
        ip = _record.length >= header && data[14] == 8 && data[15] == 0;
    }
    if (!ip || _record.length < header + sizeof(click_ip) || data[header] >> 4 != 4)
        return -1;
    return static_cast<int>(header);
}

static void mark_ip(Packet *packet, int offset)
{
    packet->pull(static_cast<uint32_t>(offset));
    const click_ip *ip = reinterpret_cast<const click_ip *>(packet->data());
    packet->set_ip_header(ip, ip->ip_hl * 4);
    packet->set_dst_ip_anno(IPAddress(ip->ip_dst));
}

// Up to `max` packets, null when there is none. A batch is of one block, so that its packets hold it with one step, and have
// left it, as a rule, when the reader needs another.
PacketBatch *FromDump::next_batch(unsigned max)
{
    Packet *first = nullptr, *last = nullptr;
    PacketBlock *block = nullptr;
    unsigned count = 0;
    while (count < max && (_have_record || count == 0 || _reader.ready()) && fetch() && due()) {
        const int offset = _force_ip ? ip_offset() : 0;
        _have_record = false;
        if (offset < 0) {
            ++_drops;
            continue;
        }
        block = _reader.block();
        WritablePacket *packet = make_packet(block);
        if (!packet)
            break;
        if (_force_ip)
            mark_ip(packet, offset);
        if (last)
            last->set_next(packet);
        else
            first = packet;
        last = packet;
        ++count;
    }
    if (count == 0)
        return nullptr;
    if (block)
        block->hold(count);
    _count += count;
    return PacketBatch::make_from_list(first, last, count);
}

bool FromDump::run_task(Task *)
{
    if (output_is_pull(0)) {
        _note.set_active(_active && !_finished);
        return true;
    }
    if (!_active)
        return false;
    PacketBatch *batch = next_batch(_burst);
    const unsigned count = batch ? batch->count() : 0;
    if (count == 1)
        output(0).push(batch->first());
    else if (batch)
        output_push_batch(0, batch);
    // Those who are told of the end have all packets by then; and whoever empties a queue has had a turn for each of the last.
    if (count)
        _turns_before_end = count;
    if (_at_end && _turns_before_end == 0)
        finish();
    else if (!_timer.scheduled())
        _task.fast_reschedule();
    if (_at_end && _turns_before_end)
        --_turns_before_end;
    return count > 0;
}

Packet *FromDump::pull(int)
{
    PacketBatch *batch = _active ? next_batch(1) : nullptr;
    // The end shows only to who looks beyond the last packet.
    if (batch && !_timing)
        fetch();
    if (_at_end)
        finish();
    if (!_active || _finished)
        _note.sleep();
    return batch;
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
