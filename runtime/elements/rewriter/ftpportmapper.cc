// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ftpportmapper.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/router.hh>
#include <click/routervisitor.hh>
#include <clicknet/tcp.h>
#include <cstdio>
#include "headerrewrite.hh"

using mimi::FlowStore;
using mimi::FlowTuple;

int FTPPortMapper::configure(Vector<String> &conf, ErrorHandler *errh)
{
    IPRewriterBase *control = nullptr, *data = nullptr;
    int input = 0;
    if (Args(conf, this, errh)
            .read_mp("CONTROL_REWRITER", ElementCastArg("TCPRewriter"), control)
            .read_mp("DATA_REWRITER", ElementCastArg("IPRewriterBase"), data)
            .read_mp("DATA_REWRITER_INPUT", input)
            .complete() < 0)
        return -1;
    if (input < 0 || input >= data->ninputs())
        return errh->error("DATA_REWRITER_INPUT out of range");
    _control = control;
    _data = data;
    _data_input = input;
    return 0;
}

int FTPPortMapper::initialize(ErrorHandler *errh)
{
    ElementCastTracker found(router(), "TCPRewriter");
    router()->visit_downstream(this, 0, &found);
    if (!found.contains(_control))
        errh->warning("control packet rewriter %<%s%> is not downstream", _control->declaration().c_str());
    return 0;
}

// `PORT h1,h2,h3,h4,p1,p2` and the end of the line.
bool FTPPortMapper::find_command(const unsigned char *payload, int bytes, Command &command)
{
    if (bytes < 5 || strncasecmp(reinterpret_cast<const char *>(payload), "PORT ", 5) != 0)
        return false;
    int at = 5;
    while (at < bytes && payload[at] == ' ')
        ++at;
    command.begin = at;
    uint64_t numbers = 0;
    for (int i = 0; i < 6; ++i) {
        unsigned number = 0;
        const int first = at;
        for (; at < bytes && payload[at] >= '0' && payload[at] <= '9' && number < 256; ++at)
            number = number * 10 + payload[at] - '0';
        if (at == first || number > 255 || at == bytes)
            return false;
        const unsigned char expected = payload[at];
        if (i < 5 ? expected != ',' : expected != '\r' && expected != '\n')
            return false;
        at += i < 5;
        numbers = numbers << 8 | number;
    }
    command.end = at;
    command.addr = htonl(static_cast<uint32_t>(numbers >> 16));
    command.port = htons(static_cast<uint16_t>(numbers));
    return true;
}

// The server connects from the port below that of the control connection. Afterwards the command is the rewritten one.
bool FTPPortMapper::make_data_flow(const Packet *p, Command &command)
{
    FlowTuple control;
    if (!mimi::read_tuple(p, control))
        return false;
    uint8_t reply_anno;
    {
        std::lock_guard<std::mutex> guard(_control->store().lock());
        const FlowStore::Ref ref = _control->find_flow(IP_PROTO_TCP, control);
        if (!ref)
            return false;
        reply_anno = _control->store().at(FlowStore::number(ref)).reply_anno;
    }
    const uint16_t data_port = htons(static_cast<uint16_t>(ntohs(control.dport) - 1));
    const FlowTuple data = {command.addr, control.daddr, command.port, data_port};
    std::lock_guard<std::mutex> guard(_data->store().lock());
    const FlowStore::Ref ref = _data->find_or_make_flow(IP_PROTO_TCP, data, _data_input);
    if (!ref)
        return false;
    const FlowTuple to = _data->rewritten(ref, data);
    command.addr = to.saddr;
    command.port = to.sport;
    _data->store().at(FlowStore::number(ref)).reply_anno = reply_anno;
    return true;
}

static int write_argument(char *out, size_t room, uint32_t addr, uint16_t port)
{
    const unsigned char *a = reinterpret_cast<const unsigned char *>(&addr);
    const unsigned char *b = reinterpret_cast<const unsigned char *>(&port);
    return snprintf(out, room, "%d,%d,%d,%d,%d,%d", a[0], a[1], a[2], a[3], b[0], b[1]);
}

static uint16_t tcp_checksum(const WritablePacket *p, unsigned bytes)
{
    const unsigned sum = click_in_cksum(p->transport_header(), static_cast<int>(bytes));
    return click_in_cksum_pseudohdr(sum, p->ip_header(), static_cast<int>(bytes));
}

// Replaces the argument; lengths and checksums follow. The sequence numbers behind it are the control rewriter's to shift.
WritablePacket *FTPPortMapper::say(Packet *p, const Command &command, int payload_offset)
{
    char text[32];
    const int length = write_argument(text, sizeof text, command.addr, command.port);
    const int before = command.end - command.begin, longer = length - before;
    const int rest = static_cast<int>(p->length()) - payload_offset - command.end;
    WritablePacket *q = longer > 0 ? p->put(static_cast<uint32_t>(longer)) : p->uniqueify();
    if (!q)
        return nullptr;
    unsigned char *at = q->data() + payload_offset + command.begin;
    memmove(at + length, at + before, static_cast<size_t>(rest));
    memcpy(at, text, static_cast<size_t>(length));
    if (longer < 0)
        q->take(static_cast<uint32_t>(-longer));
    unsigned char *ip = q->network_header();
    const uint16_t total = mimi::load16(ip + 2), new_total = htons(static_cast<uint16_t>(ntohs(total) + longer));
    mimi::store16(ip + 2, new_total);
    mimi::update_sum(ip + 10, mimi::change16(total, new_total));
    unsigned char *tcp = q->transport_header();
    const unsigned bytes = ntohs(new_total) - q->ip_header()->ip_hl * 4U;
    if (q->csum_partial())
        // The pseudo-header has the length of the segment.
        mimi::update_partial(tcp + 16, mimi::change16(total, new_total));
    else {
        mimi::store16(tcp + 16, 0);
        mimi::store16(tcp + 16, tcp_checksum(q, bytes));
    }
    return q;
}

Packet *FTPPortMapper::simple_action(Packet *p)
{
    const int tcp_header_min = 20;
    if (!p->has_network_header() || p->ip_header()->ip_p != IP_PROTO_TCP || !IP_FIRSTFRAG(p->ip_header())
        || p->transport_length() < tcp_header_min)
        return p;
    const int payload_offset = p->transport_header_offset() + p->tcp_header()->th_off * 4;
    const int bytes = static_cast<int>(p->length()) - payload_offset;
    Command command;
    FlowTuple control;
    if (bytes <= 0 || !find_command(p->data() + payload_offset, bytes, command))
        return p;
    const unsigned segment = ntohs(p->ip_header()->ip_len) - p->ip_header()->ip_hl * 4U;
    if (segment > static_cast<unsigned>(p->transport_length())
        || (!p->csum_partial()
            && click_in_cksum_pseudohdr(click_in_cksum(p->transport_header(), static_cast<int>(segment)), p->ip_header(),
                                        static_cast<int>(segment)) != 0))
        return p;
    if (!make_data_flow(p, command))
        return p;
    mimi::read_tuple(p, control);
    const uint32_t after = ntohl(p->tcp_header()->th_seq) + static_cast<uint32_t>(bytes);
    const uint32_t length_before = p->length();
    WritablePacket *q = say(p, command, payload_offset);
    if (q) {
        std::lock_guard<std::mutex> guard(_control->store().lock());
        if (const FlowStore::Ref ref = _control->find_flow(IP_PROTO_TCP, control))
            _control->store().make_shift(FlowStore::number(ref))
                .add(FlowStore::is_reply(ref), after, static_cast<int32_t>(q->length() - length_before));
    }
    return q;
}

EXPORT_ELEMENT(FTPPortMapper)
