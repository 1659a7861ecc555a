// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "flowreader.hh"
#include <cstring>
#include <arpa/inet.h>

namespace mimi {

namespace {

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

}  // namespace

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

bool FlowTextReader::endpoint(Address6 &addr, uint16_t &port)
{
    static const char what[] = "[ADDRESS]:PORT";
    const char *start = _p;
    uint64_t v = 0;
    if (!literal('[', what))
        return false;
    const char *stop = read_address(_p, _end, addr);
    if (!stop)
        return explain_endpoint(start, what);
    _p = stop;
    if (!literal(']', what) || !literal(':', what) || !number(65535, v, what))
        return explain_endpoint(start, what);
    port = htons(uint16_t(v));
    return true;
}

// Whoever wrote an address in another way than the canonical one is told how it is written.
bool FlowTextReader::explain_endpoint(const char *start, const char *what)
{
    const char *stop = start;
    while (stop != _end && *stop != ' ' && *stop != '\n')
        ++stop;
    _canonical = canonical_endpoint(std::string(start, stop));
    _expected = what;
    _found = start;
    return false;
}

// The next address is of the same family as those before.
template <class A> bool FlowTextReader::same_family()
{
    const bool six = AddressFamily<A>::version == 6;
    return expect(_p == _end || (*_p == '[') == six, _p, six ? "an IPv6 endpoint, as before in this line"
                                                             : "an IPv4 endpoint, as before in this line");
}

template <class A> bool FlowTextReader::tuple(FlowTupleOf<A> &t)
{
    return endpoint(t.saddr, t.sport) && literal(' ', "one space") && same_family<A>() && endpoint(t.daddr, t.dport);
}

template <class A> bool FlowTextReader::ends(FlowTupleOf<A> &t, uint8_t proto)
{
    const char *at = _p;
    const bool query = proto == proto_icmp || proto == proto_icmp6;
    return tuple(t)
        && expect(!query || t.dport == 0, at, AddressFamily<A>::version == 6 ? "[ADDRESS]:IDENTIFIER [ADDRESS]:0 of a query"
                                                                              : "ADDRESS:IDENTIFIER ADDRESS:0 of a query");
}

bool FlowTextReader::protocol(uint8_t &proto, Families families)
{
    static const char *const expected[] = {"tcp, udp or icmp", "tcp, udp or icmp6", "tcp, udp, icmp or icmp6"};
    if (word("tcp "))
        proto = proto_tcp;
    else if (word("udp "))
        proto = proto_udp;
    else if (_queries && (families & only_4) && word("icmp "))
        proto = proto_icmp;
    else if (_queries && (families & only_6) && word("icmp6 "))
        proto = proto_icmp6;
    else
        return expect(false, _p, _queries ? expected[families - 1] : "tcp or udp");
    return true;
}

// The family of a line whose addresses come next.
bool FlowTextReader::is_line6(uint8_t proto) const
{
    return proto == proto_icmp6 || (proto != proto_icmp && _p != _end && *_p == '[');
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

bool FlowTextReader::options(FlowState &s, int32_t &forward, int32_t &reverse)
{
    s = FlowState::unknown;
    forward = reverse = 0;
    if (word(" state=") && !state(s))
        return false;
    return !word(" delta=") || delta_pair(forward, reverse);
}

bool FlowTextReader::end_of_line()
{
    if (_p == _end)
        return true;
    return literal('\n', "end of line");
}

bool FlowTextReader::start(Start &s, Families families)
{
    ++_line;
    if (word("put "))
        s.kind = FlowChange::put;
    else if (word("del "))
        s.kind = FlowChange::del;
    else
        return expect(false, _p, "put or del");
    return number(UINT64_MAX, s.seq, "a sequence number") && literal(' ', "one space") && protocol(s.proto, families);
}

template <class A> bool FlowTextReader::rest(FlowUpdateOf<A> &u, const Start &s)
{
    uint64_t v = 0;
    FlowBindingOf<A> &b = u.binding;
    memset(&b, 0, sizeof(b));
    u.kind = s.kind;
    b.seq = s.seq;
    b.proto = s.proto;
    if (!ends(b.orig, s.proto))
        return false;
    if (u.kind == FlowChange::del)
        return end_of_line();
    // The limit keeps clock + lifetime within 32 bits.
    if (!literal(' ', "one space") || !same_family<A>() || !ends(b.xlat, s.proto) || !literal(' ', "one space")
        || !number(2147483647, v, "a lifetime in seconds") || !options(b.state, b.delta_fwd, b.delta_rev))
        return false;
    b.lifetime_s = uint32_t(v);
    return end_of_line();
}

template <class A> bool FlowTextReader::rest(FlowKeyOf<A> &k, uint8_t proto)
{
    k.proto = proto;
    return ends(k.tuple, proto) && end_of_line();
}

template <class A> FlowTextReader::Result FlowTextReader::next(FlowUpdateOf<A> &u)
{
    if (_p == _end)
        return end;
    Start s;
    return start(s, AddressFamily<A>::version == 6 ? only_6 : only_4) && rest(u, s) ? line : failed;
}

template <class A> FlowTextReader::Result FlowTextReader::next(FlowKeyOf<A> &k)
{
    if (_p == _end)
        return end;
    ++_line;
    uint8_t proto = 0;
    return protocol(proto, AddressFamily<A>::version == 6 ? only_6 : only_4) && rest(k, proto) ? line : failed;
}

FlowTextReader::Result FlowTextReader::next(FlowUpdate &u, FlowUpdate6 &u6)
{
    if (_p == _end)
        return end;
    Start s;
    if (!start(s, either))
        return failed;
    if (is_line6(s.proto))
        return rest(u6, s) ? line6 : failed;
    return rest(u, s) ? line : failed;
}

FlowTextReader::Result FlowTextReader::next(FlowKey &k, FlowKey6 &k6)
{
    if (_p == _end)
        return end;
    ++_line;
    uint8_t proto = 0;
    if (!protocol(proto, either))
        return failed;
    if (is_line6(proto))
        return rest(k6, proto) ? line6 : failed;
    return rest(k, proto) ? line : failed;
}

std::string FlowTextReader::error() const
{
    if (!_expected)
        return std::string();
    std::string found;
    // The text may be hostile and end up in a log: printable ASCII only, and not much of it.
    for (const char *p = _found; p != _end && *p != '\n' && (*p != ' ' || found.empty()) && found.size() < 48; ++p)
        found += *p >= ' ' && *p <= '~' ? *p : '?';
    found = found.empty() ? std::string("end of line") : "'" + found + "'";
    const std::string expected = _canonical.empty() ? _expected : "'" + _canonical + "', as that address is written";
    return "line " + std::to_string(_line) + ": expected " + expected + ", found " + found;
}

template bool FlowTextReader::tuple(FlowTuple &);
template FlowTextReader::Result FlowTextReader::next(FlowUpdate &);
template FlowTextReader::Result FlowTextReader::next(FlowUpdate6 &);
template FlowTextReader::Result FlowTextReader::next(FlowKey &);
template FlowTextReader::Result FlowTextReader::next(FlowKey6 &);

}  // namespace mimi

ELEMENT_PROVIDES(FlowReader)
ELEMENT_REQUIRES(FlowBinding)
