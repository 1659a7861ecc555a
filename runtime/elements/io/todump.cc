// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "todump.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet_anno.hh>
#include <click/router.hh>
#include <click/standard/scheduleinfo.hh>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include "runtime/elements/ip/finishchecksum.hh"

int ToDump::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String encapsulation = "ETHER";
    bool ignored;
    if (Args(conf, this, errh)
            .read_mp("FILENAME", FilenameArg(), _filename)
            .read_p("SNAPLEN", _snap_length)
            .read_p("ENCAP", WordArg(), encapsulation)
            .read("NANO", _nanoseconds)
            .read("UNBUFFERED", _unbuffered)
            .read("EXTRA_LENGTH", _extra_length)
            .read("PER_NODE", ignored)
            .complete() < 0)
        return -1;
    encapsulation = encapsulation.upper();
    if (encapsulation == "IP")
        _link_type = pcap::link_raw;
    else if (encapsulation != "ETHER")
        return errh->error("ENCAP: expected ETHER or IP, found %s", encapsulation.c_str());
    if (_snap_length == 0)
        _snap_length = 0x7FFFFFFF;
    return 0;
}

int ToDump::initialize(ErrorHandler *errh)
{
    String problem = _writer.open(_filename, _link_type, _snap_length, _nanoseconds);
    if (problem)
        return errh->error("%s: %s", _filename.c_str(), problem.c_str());
    if (input_is_pull(0) && noutputs() == 0) {
        ScheduleInfo::initialize_task(this, &_task, true, errh);
        _signal = Notifier::upstream_empty_signal(this, 0, &_task);
    }
    return 0;
}

void ToDump::cleanup(CleanupStage)
{
    _writer.close();
}

void ToDump::write_bytes(const Packet *packet)
{
    uint32_t captured = std::min(packet->length(), _snap_length);
    uint32_t original = packet->length() + (_extra_length ? EXTRA_LENGTH_ANNO(packet) : 0);
    Timestamp time = packet->timestamp_anno();
    if (!time)
        time = Timestamp::now();
    if (!_writer.write(time, packet->data(), captured, original) || (_unbuffered && !_writer.flush())) {
        if (_drops++ == 0)
            click_chatter("%s: %s: %s", declaration().c_str(), _filename.c_str(), strerror(errno));
        return;
    }
    ++_count;
}

void ToDump::write(Packet *packet)
{
    if (!packet->csum_partial()) {
        write_bytes(packet);
        return;
    }
    Packet *copy = packet->clone();
    if (copy && (copy = finish_checksum(copy))) {
        write_bytes(copy);
        copy->kill();
    }
}

void ToDump::push(int, Packet *packet)
{
    write(packet);
    checked_output_push(0, packet);
}

Packet *ToDump::simple_action(Packet *packet)
{
    write(packet);
    return packet;
}

PacketBatch *ToDump::simple_action_batch(PacketBatch *batch)
{
    FOR_EACH_PACKET(batch, packet)
        write(packet);
    return batch;
}

void ToDump::push_batch(int, PacketBatch *batch)
{
    simple_action_batch(batch);
    checked_output_push_batch(0, batch);
}

bool ToDump::run_task(Task *)
{
    Packet *packet = input(0).pull();
    if (packet) {
        write(packet);
        packet->kill();
    }
    if (packet || _signal)
        _task.fast_reschedule();
    return packet != nullptr;
}

int ToDump::write_handler(const String &, Element *element, void *user_data, ErrorHandler *errh)
{
    ToDump *t = static_cast<ToDump *>(element);
    if (user_data) {
        t->_count = t->_drops = 0;
        return 0;
    }
    return t->_writer.flush() ? 0 : errh->error("%s", strerror(errno));
}

void ToDump::add_handlers()
{
    add_data_handlers("count", Handler::OP_READ, &_count);
    add_data_handlers("drops", Handler::OP_READ, &_drops);
    add_data_handlers("filename", Handler::OP_READ, &_filename);
    add_write_handler("flush", write_handler, 0, Handler::BUTTON);
    add_write_handler("reset_counts", write_handler, 1, Handler::BUTTON);
    if (input_is_pull(0) && noutputs() == 0)
        add_task_handlers(&_task);
}

EXPORT_ELEMENT(ToDump)
