// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "fromipsummarydump.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/confparse.hh>
#include <click/router.hh>
#include <click/standard/scheduleinfo.hh>
#include <click/straccum.hh>
#include <cerrno>
#include <cstring>
#include <utility>
#include "summarybinary.hh"

void *FromIPSummaryDump::cast(const char *name)
{
    if (strcmp(name, Notifier::EMPTY_NOTIFIER) == 0 && output_is_pull(0))
        return static_cast<Notifier *>(&_note);
    return BatchElement::cast(name);
}

int FromIPSummaryDump::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String fields, protocol, flow_id;
    bool ignored;
    if (Args(conf, this, errh)
            .read_p("FILENAME", FilenameArg(), _filename)
            .read("DATA", _data)
            .read("STOP", _stop)
            .read("ACTIVE", _active)
            .read("ZERO", _zero)
            .read("CHECKSUM", _checksum)
            .read("PROTO", AnyArg(), protocol)
            .read("TIMING", _timing)
            .read("MULTIPACKET", _multipacket)
            .read("FIELDS", AnyArg(), fields)
            .read("CONTENTS", AnyArg(), fields)
            .read("DEFAULT_CONTENTS", AnyArg(), fields)
            .read("DEFAULT_FIELDS", AnyArg(), fields)
            .read("FLOWID", AnyArg(), flow_id)
            .read("DEFAULT_FLOWID", AnyArg(), flow_id)
            .read("ALLOW_NONEXISTENT", ignored)
            .read("END_CALL", HandlerCallArg(HandlerCall::writable), _end_call)
            .complete() < 0)
        return -1;
    if ((_filename.length() > 0) == (_data.length() > 0))
        return errh->error("expected either FILENAME or DATA");
    if (protocol && !ipsummary::find_field("ip_proto")->read(protocol, _defaults, this))
        return errh->error("PROTO: unknown protocol '%s'", protocol.c_str());
    if (fields && !set_fields(fields, errh))
        return -1;
    if (flow_id)
        command("!flowid " + flow_id);
    return 0;
}

int FromIPSummaryDump::initialize(ErrorHandler *errh)
{
    if (_data)
        _file = fmemopen(const_cast<char *>(_data.data()), _data.length(), "r");
    else
        _file = _filename == "-" ? stdin : fopen(_filename.c_str(), "re");
    if (!_file)
        return errh->error("%s: %s", _filename.c_str(), strerror(errno));
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

void FromIPSummaryDump::cleanup(CleanupStage)
{
    if (_file && _file != stdin)
        fclose(_file);
    _file = nullptr;
    if (_ready)
        _ready->kill();
    _ready = nullptr;
}

void FromIPSummaryDump::complain(const String &message)
{
    if (!_complained)
        click_chatter("%s:%u: %s", _filename.c_str(), _line_number, message.c_str());
    _complained = true;
}

bool FromIPSummaryDump::read_line(String &line)
{
    StringAccum sa;
    int c;
    while ((c = fgetc(_file)) != EOF && c != '\n')
        sa << static_cast<char>(c);
    ++_line_number;
    line = sa.take_string();
    return c != EOF || line.length() > 0;
}

bool FromIPSummaryDump::set_fields(const String &text, ErrorHandler *errh)
{
    Vector<String> words;
    cp_spacevec(text, words);
    std::vector<const ipsummary::Field *> fields;
    for (int i = 0; i < words.size(); ++i) {
        const ipsummary::Field *field = ipsummary::find_field(cp_unquote(words[i]));
        if (!field)
            errh->warning("unknown content type '%s'", words[i].c_str());
        fields.push_back(field ? field : ipsummary::find_field("none"));
    }
    _fields.swap(fields);
    return true;
}

// A line that begins with an exclamation mark.
void FromIPSummaryDump::command(const String &line)
{
    String rest = line;
    String word = cp_shift_spacevec(rest);
    if (word == "!data" || word == "!contents") {
        PrefixErrorHandler errh(ErrorHandler::default_handler(), _filename + ":" + String(_line_number) + ": ");
        set_fields(rest, &errh);
    } else if (word == "!proto") {
        if (!ipsummary::find_field("ip_proto")->read(rest, _defaults, this))
            complain("unknown protocol '" + rest + "'");
    } else if (word == "!flowid") {
        static const char *const names[] = {"ip_src", "sport", "ip_dst", "dport", "ip_proto"};
        Vector<String> words;
        cp_spacevec(rest, words);
        for (int i = 0; i < words.size() && i < 5; ++i)
            if (words[i] != "-" && !ipsummary::find_field(names[i])->read(words[i], _defaults, this))
                complain("bad !flowid");
    } else if (word == "!binary") {
        _binary = true;
    } else if (word == "!aggregate") {
        if (!IntArg().parse(rest, _defaults.aggregate))
            complain("bad !aggregate");
    }
}

bool FromIPSummaryDump::parse(const String &line, ipsummary::Draft &draft)
{
    Vector<String> words;
    cp_spacevec(line, words);
    if (_fields.empty()) {
        complain("no '!data' provided");
        return false;
    }
    for (size_t i = 0; i < _fields.size() && static_cast<int>(i) < words.size(); ++i) {
        const String &word = words[static_cast<int>(i)];
        if (word == "-" || !_fields[i]->read)
            continue;
        if (!_fields[i]->read(word, draft, this)) {
            complain(String("bad ") + _fields[i]->name + " '" + word + "'");
            return false;
        }
    }
    return true;
}

// A binary record, or a line among them (the length's first bit). False at the end, and when the file is cut short.
bool FromIPSummaryDump::read_record(String &record, bool &text)
{
    unsigned char head[4];
    size_t got = fread(head, 1, sizeof(head), _file);
    ++_line_number;
    if (got == 0)
        return false;
    uint32_t length = (head[0] & 0x7F) << 24 | head[1] << 16 | head[2] << 8 | head[3];
    text = head[0] & 0x80;
    if (got == sizeof(head) && length >= sizeof(head) && length <= 1 << 20) {
        record = String::make_uninitialized(length - sizeof(head));
        if (fread(record.mutable_data(), 1, record.length(), _file) == static_cast<size_t>(record.length())) {
            while (text && record.length() > 0 && !record.back())  // lines are filled up with zeros
                record = record.substring(0, record.length() - 1);
            return true;
        }
    }
    complain("binary record cut short");
    return false;
}

bool FromIPSummaryDump::parse_record(const String &record, ipsummary::Draft &draft)
{
    const unsigned char *data = reinterpret_cast<const unsigned char *>(record.data()), *end = data + record.length();
    for (const ipsummary::Field *field : _fields)
        if (!summarybinary::read(*field, data, end, draft, this)) {
            complain(String("bad ") + field->name + " in binary record");
            return false;
        }
    return true;
}

// Makes sure that a packet is at hand. False at the end.
bool FromIPSummaryDump::fetch()
{
    String line;
    while (!_ready && !_finished) {
        bool text = true, binary = _binary;
        if (!(binary ? read_record(line, text) : read_line(line))) {
            finish();
            break;
        }
        if (text && line.length() > 0 && line.back() == '\r')
            line = line.substring(0, line.length() - 1);
        if (text && (cp_is_space(line) || line[0] == '#'))
            continue;
        if (text && line[0] == '!') {
            command(line);
            continue;
        }
        ipsummary::Draft draft = _defaults;
        if (!(text ? parse(line, draft) : parse_record(line, draft)))
            continue;
        _copies = _multipacket ? draft.count : 1;
        if (_multipacket)
            draft.count = 1;
        _ready = draft.make_packet(_checksum, _zero);
    }
    return _ready;
}

void FromIPSummaryDump::finish()
{
    _finished = true;
    _note.sleep();
    if (_end_call)
        _end_call.call_write(ErrorHandler::default_handler());
    if (_stop)
        router()->please_stop_driver();
}

bool FromIPSummaryDump::due()
{
    if (!_timing)
        return true;
    Timestamp now = Timestamp::now_steady();
    if (!_have_offset) {
        _offset = now - _ready->timestamp_anno();
        _have_offset = true;
    }
    Timestamp when = _ready->timestamp_anno() + _offset;
    if (when <= now)
        return true;
    _timer.schedule_at_steady(when);
    _note.sleep();
    return false;
}

Packet *FromIPSummaryDump::next_packet()
{
    if (!fetch() || !due())
        return nullptr;
    ++_count;
    if (--_copies > 0)
        return _ready->clone();
    return std::exchange(_ready, nullptr);
}

bool FromIPSummaryDump::run_task(Task *)
{
    if (output_is_pull(0)) {
        _note.set_active(_active && !_finished);
        return true;
    }
    if (!_active)
        return false;
    Packet *packet = next_packet();
    if (packet)
        output(0).push(packet);
    if (!_finished && !_timer.scheduled())
        _task.fast_reschedule();
    return packet != nullptr;
}

Packet *FromIPSummaryDump::pull(int)
{
    Packet *packet = _active ? next_packet() : nullptr;
    if (packet && !_timing)
        fetch();
    if (!_active || _finished)
        _note.sleep();
    return packet;
}

void FromIPSummaryDump::set_active(bool active)
{
    _active = active;
    if (active && !_finished) {
        if (output_is_push(0))
            _task.reschedule();
        else
            _note.wake();
    }
}

int FromIPSummaryDump::write_handler(const String &text, Element *element, void *stop, ErrorHandler *errh)
{
    FromIPSummaryDump *f = static_cast<FromIPSummaryDump *>(element);
    if (stop) {
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

void FromIPSummaryDump::add_handlers()
{
    add_data_handlers("count", Handler::OP_READ, &_count);
    add_data_handlers("filename", Handler::OP_READ, &_filename);
    add_data_handlers("active", Handler::OP_READ | Handler::CHECKBOX, &_active);
    add_write_handler("active", write_handler, 0);
    add_write_handler("stop", write_handler, 1, Handler::BUTTON);
    if (output_is_push(0))
        add_task_handlers(&_task);
}

EXPORT_ELEMENT(FromIPSummaryDump)
