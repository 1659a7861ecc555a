// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "flowbinding.hh"
#include <cstring>
#include <arpa/inet.h>

namespace mimi {

namespace {

char *write_text(char *out, const char *text)
{
    size_t n = strlen(text);
    memcpy(out, text, n);
    return out + n;
}

char *write_number(char *out, uint64_t value)
{
    char digits[20];
    int n = 0;
    do {
        digits[n++] = char('0' + value % 10);
        value /= 10;
    } while (value);
    while (n)
        *out++ = digits[--n];
    return out;
}

char *write_signed(char *out, int32_t value)
{
    if (value < 0)
        *out++ = '-';
    return write_number(out, value < 0 ? uint64_t(-int64_t(value)) : uint64_t(value));
}

char *write_endpoint(char *out, uint32_t addr, uint16_t port)
{
    uint32_t a = ntohl(addr);
    for (int shift = 24; shift >= 0; shift -= 8) {
        out = write_number(out, (a >> shift) & 255);
        *out++ = shift ? '.' : ':';
    }
    return write_number(out, ntohs(port));
}

char *write_tuple(char *out, const FlowTuple &t)
{
    out = write_endpoint(out, t.saddr, t.sport);
    *out++ = ' ';
    return write_endpoint(out, t.daddr, t.dport);
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

}  // namespace

const char *flow_state_word(FlowState state)
{
    switch (state) {
    case FlowState::fresh: return "new";
    case FlowState::established: return "established";
    case FlowState::closing: return "closing";
    case FlowState::closed: return "closed";
    case FlowState::unknown: break;
    }
    return "";
}

char *write_key(char *out, const FlowKey &key)
{
    out = write_text(out, key.proto == proto_udp ? "udp " : key.proto == proto_icmp ? "icmp " : "tcp ");
    return write_tuple(out, key.tuple);
}

char *write_identity(char *out, const FlowBinding &b)
{
    out = write_key(out, b.key());
    *out++ = ' ';
    return write_tuple(out, b.xlat);
}

char *write_put(char *out, const FlowBinding &b)
{
    out = write_text(out, "put ");
    out = write_number(out, b.seq);
    *out++ = ' ';
    out = write_identity(out, b);
    *out++ = ' ';
    out = write_number(out, b.lifetime_s);
    if (b.state != FlowState::unknown) {
        out = write_text(out, " state=");
        out = write_text(out, flow_state_word(b.state));
    }
    if (b.delta_fwd || b.delta_rev) {
        out = write_text(out, " delta=");
        out = write_signed(out, b.delta_fwd);
        *out++ = ',';
        out = write_signed(out, b.delta_rev);
    }
    return out;
}

char *write_del(char *out, uint64_t seq, const FlowKey &key)
{
    out = write_text(out, "del ");
    out = write_number(out, seq);
    *out++ = ' ';
    return write_key(out, key);
}

uint64_t identity_hash(const FlowBinding &b)
{
    char text[flow_text_max];
    const char *end = write_identity(text, b);
    uint64_t h = 0xcbf29ce484222325u;
    for (const char *p = text; p != end; ++p)
        h = (h ^ uint8_t(*p)) * 0x100000001b3u;
    return h;
}

std::string endpoint_text(uint32_t addr, uint16_t port)
{
    char text[flow_text_max];
    return std::string(text, write_endpoint(text, addr, port));
}

bool parse_endpoint(const std::string &text, uint32_t &addr, uint16_t &port)
{
    // The reader knows keys, not single endpoints: dress the text up as one.
    std::string line = "tcp " + text + " 0.0.0.0:0";
    FlowTextReader reader(line.data(), line.data() + line.size());
    FlowKey key;
    if (text.find(' ') != std::string::npos || text.find('\n') != std::string::npos
        || reader.next(key) != FlowTextReader::line)
        return false;
    addr = key.tuple.saddr;
    port = key.tuple.sport;
    return true;
}

bool FlowTextReader::expect(bool ok, const char *at, const char *what)
{
    if (!ok && !_expected) {
        _found = at;
        _expected = what;
    }
    return ok;
}

bool FlowTextReader::literal(char c, const char *what)
{
    if (!expect(_p != _end && *_p == c, _p, what))
        return false;
    ++_p;
    return true;
}

// Consumes `text` if it is next; not finding it is no error.
bool FlowTextReader::word(const char *text)
{
    size_t n = strlen(text);
    if (size_t(_end - _p) < n || memcmp(_p, text, n) != 0)
        return false;
    _p += n;
    return true;
}

bool FlowTextReader::number(uint64_t limit, uint64_t &value, const char *what)
{
    const char *start = _p;
    uint64_t v = 0;
    while (_p != _end && is_digit(*_p)) {
        unsigned digit = unsigned(*_p - '0');
        if (v > (limit - digit) / 10)
            return expect(false, start, what);
        v = v * 10 + digit;
        ++_p;
    }
    value = v;
    bool canonical = _p != start && (*start != '0' || _p == start + 1);
    return expect(canonical, start, what);
}

bool FlowTextReader::endpoint(uint32_t &addr, uint16_t &port)
{
    static const char what[] = "ADDRESS:PORT";
    const char *start = _p;
    uint32_t a = 0;
    uint64_t v = 0;
    bool ok = true;
    for (int i = 0; ok && i != 4; ++i) {
        ok = number(255, v, what) && literal(i == 3 ? ':' : '.', what);
        a = (a << 8) | uint32_t(v);
    }
    if (!ok || !number(65535, v, what)) {
        _found = start;  // name the whole word, not the digit
        return false;
    }
    addr = htonl(a);
    port = htons(uint16_t(v));
    return true;
}

bool FlowTextReader::tuple(FlowTuple &t)
{
    return endpoint(t.saddr, t.sport) && literal(' ', "one space") && endpoint(t.daddr, t.dport);
}

bool FlowTextReader::key(FlowKey &k)
{
    if (word("tcp "))
        k.proto = proto_tcp;
    else if (word("udp "))
        k.proto = proto_udp;
    else if (_queries && word("icmp "))
        k.proto = proto_icmp;
    else
        return expect(false, _p, _queries ? "tcp, udp or icmp" : "tcp or udp");
    const char *at = _p;
    return tuple(k.tuple)
        && expect(k.proto != proto_icmp || k.tuple.dport == 0, at, "ADDRESS:IDENTIFIER ADDRESS:0 of a query");
}

bool FlowTextReader::translated(FlowBinding &b)
{
    const char *at = _p;
    return tuple(b.xlat)
        && expect(b.proto != proto_icmp || b.xlat.dport == 0, at, "ADDRESS:IDENTIFIER ADDRESS:0 of a query");
}

bool FlowTextReader::state(FlowState &s)
{
    static const FlowState states[] = {FlowState::fresh, FlowState::established, FlowState::closing, FlowState::closed};
    const char *start = _p;
    const char *stop = start;
    while (stop != _end && *stop != ' ' && *stop != '\n')
        ++stop;
    for (FlowState candidate : states) {
        const char *text = flow_state_word(candidate);
        if (strlen(text) == size_t(stop - start) && memcmp(text, start, size_t(stop - start)) == 0) {
            s = candidate;
            _p = stop;
            return true;
        }
    }
    return expect(false, start, "new, established, closing or closed");
}

bool FlowTextReader::delta(int32_t &d)
{
    static const char what[] = "a number from -2147483648 to 2147483647";
    const char *start = _p;
    bool negative = _p != _end && *_p == '-';
    _p += negative;
    uint64_t v = 0;
    if (!number(negative ? 2147483648u : 2147483647u, v, what) || !expect(!negative || v != 0, start, what)) {
        _found = start;
        return false;
    }
    d = int32_t(negative ? -int64_t(v) : int64_t(v));
    return true;
}

bool FlowTextReader::delta_pair(int32_t &forward, int32_t &reverse)
{
    const char *start = _p;
    return delta(forward) && literal(',', "FWD,REV") && delta(reverse)
        && expect(forward || reverse, start, "FWD,REV that are not both 0");
}

bool FlowTextReader::options(FlowBinding &b)
{
    b.state = FlowState::unknown;
    b.delta_fwd = b.delta_rev = 0;
    if (word(" state=") && !state(b.state))
        return false;
    return !word(" delta=") || delta_pair(b.delta_fwd, b.delta_rev);
}

bool FlowTextReader::end_of_line()
{
    if (_p == _end)
        return true;
    return literal('\n', "end of line");
}

bool FlowTextReader::update(FlowUpdate &u)
{
    uint64_t v = 0;
    FlowBinding &b = u.binding;
    FlowKey k;
    memset(&b, 0, sizeof(b));
    if (word("put "))
        u.kind = FlowUpdate::put;
    else if (word("del "))
        u.kind = FlowUpdate::del;
    else
        return expect(false, _p, "put or del");
    if (!number(UINT64_MAX, b.seq, "a sequence number") || !literal(' ', "one space") || !key(k))
        return false;
    b.proto = k.proto;
    b.orig = k.tuple;
    if (u.kind == FlowUpdate::del)
        return end_of_line();
    // The limit keeps clock + lifetime within 32 bits.
    if (!literal(' ', "one space") || !translated(b) || !literal(' ', "one space")
        || !number(2147483647, v, "a lifetime in seconds") || !options(b))
        return false;
    b.lifetime_s = uint32_t(v);
    return end_of_line();
}

FlowTextReader::Result FlowTextReader::next(FlowUpdate &u)
{
    if (_p == _end)
        return end;
    ++_line;
    return update(u) ? line : failed;
}

FlowTextReader::Result FlowTextReader::next(FlowKey &k)
{
    if (_p == _end)
        return end;
    ++_line;
    return key(k) && end_of_line() ? line : failed;
}

std::string FlowTextReader::error() const
{
    if (!_expected)
        return std::string();
    std::string found;
    // The text may be hostile and end up in a log: printable ASCII only, and not much of it.
    for (const char *p = _found; p != _end && *p != '\n' && (*p != ' ' || found.empty()) && found.size() < 40; ++p)
        found += *p >= ' ' && *p <= '~' ? *p : '?';
    found = found.empty() ? std::string("end of line") : "'" + found + "'";
    return "line " + std::to_string(_line) + ": expected " + _expected + ", found " + found;
}

}  // namespace mimi

ELEMENT_PROVIDES(FlowBinding)
