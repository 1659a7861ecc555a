// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "rewritertext.hh"
#include <click/ipaddress.hh>
#include <clicknet/ip.h>
#include <algorithm>
#include "flowstore.hh"

namespace mimi {

namespace {

struct Protocol {
    uint8_t number;
    const char *word;  // with the space that follows
};
const Protocol protocols[] = {
    {IP_PROTO_TCP, "tcp "}, {IP_PROTO_UDP, "udp "}, {IP_PROTO_DCCP, "dccp "}, {IP_PROTO_ICMP, "icmp "}, {0, "ip "},
};

void write_tuple(StringAccum &out, const FlowTuple &t)
{
    out << IPAddress(t.saddr) << ':' << ntohs(t.sport) << ' ' << IPAddress(t.daddr) << ':' << ntohs(t.dport);
}

bool has_tcp_marks(const RewriterLine &line)
{
    return line.proto == IP_PROTO_TCP && line.tracks_tcp;
}

// The marks that a state word implies.
uint8_t marks_of_state(bool tcp, FlowState state)
{
    const uint8_t data = FlowRecord::tcp_data_forward | FlowRecord::tcp_data_reply;
    if (!tcp)
        return state == FlowState::established ? FlowRecord::udp_packets | FlowRecord::udp_replied
            : state == FlowState::fresh        ? uint8_t{FlowRecord::udp_packet}
                                               : uint8_t{0};
    switch (state) {
    case FlowState::established: return data;
    case FlowState::closing: return data | FlowRecord::tcp_done_forward;
    case FlowState::closed: return data | FlowRecord::tcp_done_forward | FlowRecord::tcp_done_reply;
    default: return 0;
    }
}

// The word that tells most of the marks.
FlowState state_of_marks(bool tcp, uint8_t marks)
{
    const uint8_t done = FlowRecord::tcp_done_forward | FlowRecord::tcp_done_reply;
    const uint8_t data = FlowRecord::tcp_data_forward | FlowRecord::tcp_data_reply;
    if (!tcp)
        return !marks                                                   ? FlowState::unknown
            : marks == marks_of_state(tcp, FlowState::established) ? FlowState::established
                                                                        : FlowState::fresh;
    return (marks & done) == done ? FlowState::closed
        : marks & done            ? FlowState::closing
        : (marks & data) == data  ? FlowState::established
                                  : FlowState::fresh;
}

}  // namespace

void write_line(StringAccum &out, const RewriterLine &line)
{
    if (line.kind != RewriterLine::key)
        out << (line.kind == RewriterLine::put ? "put " : "del ") << line.sequence << ' ';
    out << std::find_if(std::begin(protocols), std::end(protocols), [&](const Protocol &p) { return p.number == line.proto; })->word;
    write_tuple(out, line.from);
    if (line.kind != RewriterLine::put)
        return;
    out << ' ';
    write_tuple(out, line.to);
    out << ' ' << line.lifetime_s;
    const FlowState state = state_of_marks(has_tcp_marks(line), line.marks);
    if (state != FlowState::unknown)
        out << " state=" << flow_state_word(state);
    if (line.delta_forward || line.delta_reply)
        out << " delta=" << line.delta_forward << ',' << line.delta_reply;
    if (line.marks != marks_of_state(has_tcp_marks(line), state))
        out << " marks=" << int{line.marks};
    if (line.input)
        out << " input=" << line.input;
    if (line.has_outputs)
        out << " outputs=" << line.foutput << ',' << line.routput;
    if (line.anno)
        out << " anno=" << int{line.anno};
}

bool RewriterTextReader::protocol(uint8_t &proto)
{
    for (const Protocol &p : protocols)
        if (word(p.word)) {
            proto = p.number;
            return true;
        }
    return expect(false, _p, "tcp, udp, dccp, icmp or ip");
}

bool RewriterTextReader::small(uint64_t limit, uint16_t &value, const char *what)
{
    uint64_t v = 0;
    if (!number(limit, v, what))
        return false;
    value = static_cast<uint16_t>(v);
    return true;
}

bool RewriterTextReader::options(RewriterLine &line)
{
    FlowState state = FlowState::unknown;
    uint16_t value = 0;
    if (word(" state=") && !this->state(state))
        return false;
    line.marks = marks_of_state(has_tcp_marks(line), state);
    if (word(" delta=") && !delta_pair(line.delta_forward, line.delta_reply))
        return false;
    if (word(" marks=")) {
        if (!small(15, value, "marks from 0 to 15"))
            return false;
        line.marks = static_cast<uint8_t>(value);
    }
    if (word(" input=") && !small(65535, line.input, "the number of an input"))
        return false;
    if (word(" outputs=")) {
        static const char what[] = "FORWARD,REPLY";
        if (!small(65535, line.foutput, what) || !literal(',', what) || !small(65535, line.routput, what))
            return false;
        line.has_outputs = true;
    }
    if (word(" anno=")) {
        if (!small(255, value, "a byte"))
            return false;
        line.anno = static_cast<uint8_t>(value);
    }
    return true;
}

bool RewriterTextReader::judged(RewriterLine &line, const char *start)
{
    const char *problem = _judge.judge(line);
    return expect(!problem, start, problem);
}

FlowTextReader::Result RewriterTextReader::next_update(RewriterLine &line)
{
    if (_p == _end)
        return end;
    ++_line;
    line = RewriterLine();
    line.tracks_tcp = _judge.tracks_tcp();
    const char *start = _p;
    uint64_t lifetime = 0;
    if (word("del "))
        line.kind = RewriterLine::del;
    else if (!word("put "))
        return expect(false, _p, "put or del"), failed;
    if (!number(UINT64_MAX, line.sequence, "a sequence number") || !literal(' ', "one space") || !protocol(line.proto)
        || !tuple(line.from))
        return failed;
    if (line.kind == RewriterLine::put) {
        // The limit keeps clock + lifetime within 32 bits of milliseconds.
        if (!literal(' ', "one space") || !tuple(line.to) || !literal(' ', "one space")
            || !number(1000000, lifetime, "a lifetime of at most 1000000 seconds") || !options(line))
            return failed;
        line.lifetime_s = static_cast<uint32_t>(lifetime);
    }
    return end_of_line() && judged(line, start) ? FlowTextReader::line : failed;
}

FlowTextReader::Result RewriterTextReader::next_key(RewriterLine &line)
{
    if (_p == _end)
        return end;
    ++_line;
    line = RewriterLine();
    line.kind = RewriterLine::key;
    const char *start = _p;
    return protocol(line.proto) && tuple(line.from) && end_of_line() && judged(line, start) ? FlowTextReader::line : failed;
}

}  // namespace mimi
