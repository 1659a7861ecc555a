// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "print.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/router.hh>
#include <click/straccum.hh>
#include <algorithm>
#include <cstdio>

int Print::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String contents = "HEX";
    if (Args(conf, this, errh)
            .read_p("LABEL", _label)
            .read_p("MAXLENGTH", _max_length)
            .read("LENGTH", _max_length)
            .read("CONTENTS", WordArg(), contents)
            .read("TIMESTAMP", _timestamp)
            .read("PRINTANNO", _annotations)
            .read("HEADROOM", _headroom)
            .read("ACTIVE", _active)
            .read("CHANNEL", WordArg(), _channel_name)
            .complete() < 0)
        return -1;
    contents = contents.upper();
    if (contents == "HEX" || contents == "TRUE")
        _contents = contents_hex;
    else if (contents == "ASCII")
        _contents = contents_ascii;
    else if (contents == "NONE" || contents == "FALSE")
        _contents = contents_none;
    else
        return errh->error("CONTENTS: expected HEX, ASCII or NONE, found %s", contents.c_str());
    return 0;
}

int Print::initialize(ErrorHandler *)
{
    _channel = router()->chatter_channel(_channel_name);
    return 0;
}

static void append_hex(StringAccum &sa, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    sa << digits[byte >> 4] << digits[byte & 15];
}

void Print::print_hex(StringAccum &sa, const unsigned char *data, unsigned length) const
{
    for (unsigned i = 0; i < length; ++i) {
        if (i > 0 && i % 4 == 0)
            sa << ' ';
        append_hex(sa, data[i]);
    }
}

void Print::print_ascii(StringAccum &sa, const unsigned char *data, unsigned length) const
{
    for (unsigned i = 0; i < length; ++i) {
        if (i % 8 == 0)
            sa << ' ';
        sa << (data[i] >= 32 && data[i] < 127 ? static_cast<char>(data[i]) : '.');
    }
}

Packet *Print::simple_action(Packet *packet)
{
    if (!_active)
        return packet;
    StringAccum sa;
    if (_label)
        sa << _label << ": ";
    if (_timestamp)
        sa << packet->timestamp_anno().unparse() << ": ";
    char length_text[16];
    snprintf(length_text, sizeof(length_text), "%4u", packet->length());
    sa << length_text;
    if (_headroom)
        sa << " (h" << packet->headroom() << " t" << packet->tailroom() << ')';
    if (_annotations) {
        sa << " | ";
        for (int i = 0; i < Packet::anno_size; ++i)
            append_hex(sa, packet->anno_u8(i));
    }
    unsigned shown = _max_length < 0 ? packet->length() : std::min<unsigned>(_max_length, packet->length());
    if (_contents != contents_none && shown > 0) {
        sa << " | ";
        if (_contents == contents_hex)
            print_hex(sa, packet->data(), shown);
        else
            print_ascii(sa, packet->data(), shown);
    }
    _channel->message("%s", sa.c_str());
    return packet;
}

void Print::add_handlers()
{
    add_data_handlers("active", Handler::OP_READ | Handler::OP_WRITE | Handler::CHECKBOX, &_active);
}

EXPORT_ELEMENT(Print)
