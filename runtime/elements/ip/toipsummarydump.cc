// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "toipsummarydump.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/confparse.hh>
#include <click/router.hh>
#include <click/standard/scheduleinfo.hh>
#include <click/straccum.hh>
#include <cerrno>
#include <cstring>
#include <unistd.h>
#include "summarybinary.hh"

int ToIPSummaryDump::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String text = "timestamp ip_src";
    bool ignored;
    if (Args(conf, this, errh)
            .read_mp("FILENAME", FilenameArg(), _filename)
            .read("CONTENTS", AnyArg(), text)
            .read("DATA", AnyArg(), text)
            .read("FIELDS", AnyArg(), text)
            .read("VERBOSE", _verbose)
            .read("HEADER", _header)
            .read("BAD_PACKETS", _bad_packets)
            .read("BINARY", _binary)
            .read("CAREFUL_TRUNC", ignored)
            .read("EXTRA_LENGTH", ignored)
            .complete() < 0)
        return -1;
    Vector<String> words;
    cp_spacevec(text, words);
    int before = errh->nerrors();
    for (int i = 0; i < words.size(); ++i) {
        const ipsummary::Field *field = ipsummary::find_field(cp_unquote(words[i]));
        if (field && _binary && !summarybinary::has(*field))
            errh->error("field '%s' cannot be written in binary", field->name);
        else if (field)
            _fields.push_back(field);
        else
            errh->error("unknown field '%s'", words[i].c_str());
    }
    if (_fields.empty())
        return errh->error("no fields");
    return errh->nerrors() == before ? 0 : -1;
}

int ToIPSummaryDump::initialize(ErrorHandler *errh)
{
    _file = _filename == "-" ? stdout : fopen(_filename.c_str(), "we");
    if (!_file)
        return errh->error("%s: %s", _filename.c_str(), strerror(errno));
    if (_header)
        write_header();
    if (input_is_pull(0) && noutputs() == 0) {
        ScheduleInfo::initialize_task(this, &_task, true, errh);
        _signal = Notifier::upstream_empty_signal(this, 0, &_task);
    }
    return 0;
}

void ToIPSummaryDump::write_header()
{
    StringAccum sa;
    sa << "!IPSummaryDump 1.3\n";
    if (_verbose) {
        char host[256] = "";
        gethostname(host, sizeof(host) - 1);
        sa << "!host " << host << "\n!runtime " << Timestamp::now().unparse() << '\n';
    }
    sa << "!data";
    for (const ipsummary::Field *field : _fields)
        sa << ' ' << field->name;
    sa << '\n';
    if (_binary)
        sa << "!binary\n";
    fwrite(sa.data(), 1, sa.length(), _file);
}

void ToIPSummaryDump::cleanup(CleanupStage)
{
    if (_file == stdout)
        fflush(_file);
    else if (_file)
        fclose(_file);
    _file = nullptr;
}

// The record begins with its length, itself included.
void ToIPSummaryDump::write_binary(const Packet *packet)
{
    ipsummary::View view(packet);
    StringAccum sa;
    for (const ipsummary::Field *field : _fields)
        summarybinary::write(*field, view, sa);
    uint32_t length = htonl(sa.length() + 4);
    fwrite(&length, sizeof(length), 1, _file);
    fwrite(sa.data(), 1, sa.length(), _file);
    ++_count;
}

void ToIPSummaryDump::write(const Packet *packet)
{
    if (_binary) {
        write_binary(packet);
        return;
    }
    ipsummary::View view(packet);
    StringAccum sa;
    if (_bad_packets && !view.ip)
        sa << "!bad no IP header\n";
    else if (_bad_packets && packet->network_length() < view.ip->ip_hl * 4)
        sa << "!bad IP header cut short\n";
    for (const ipsummary::Field *field : _fields) {
        if (field != _fields.front())
            sa << ' ';
        if (!field->write(view, sa))
            sa << '-';
    }
    sa << '\n';
    fwrite(sa.data(), 1, sa.length(), _file);
    ++_count;
}

void ToIPSummaryDump::push(int, Packet *packet)
{
    write(packet);
    checked_output_push(0, packet);
}

void ToIPSummaryDump::push_batch(int, PacketBatch *batch)
{
    checked_output_push_batch(0, simple_action_batch(batch));
}

Packet *ToIPSummaryDump::simple_action(Packet *packet)
{
    write(packet);
    return packet;
}

PacketBatch *ToIPSummaryDump::simple_action_batch(PacketBatch *batch)
{
    FOR_EACH_PACKET(batch, packet)
        write(packet);
    return batch;
}

bool ToIPSummaryDump::run_task(Task *)
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

int ToIPSummaryDump::flush_handler(const String &, Element *element, void *, ErrorHandler *errh)
{
    FILE *file = static_cast<ToIPSummaryDump *>(element)->_file;
    return file && fflush(file) == 0 ? 0 : errh->error("%s", strerror(errno));
}

void ToIPSummaryDump::add_handlers()
{
    add_data_handlers("count", Handler::OP_READ, &_count);
    add_data_handlers("filename", Handler::OP_READ, &_filename);
    add_write_handler("flush", flush_handler, 0, Handler::BUTTON);
    if (input_is_pull(0) && noutputs() == 0)
        add_task_handlers(&_task);
}

EXPORT_ELEMENT(ToIPSummaryDump)
