// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "rewriterpattern.hh"
#include <click/args.hh>
#include <click/element.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <click/nameinfo.hh>
#include <click/router.hh>
#include <click/straccum.hh>

using mimi::FlowTuple;

// The mark behind a range.
void RewriterPattern::parse_order(String &word)
{
    if (!word.length() || (word.back() != '#' && word.back() != '?'))
        return;
    _sequential = word.back() == '#';
    _prefer_same = false;
    word = word.substring(0, word.length() - 1);
}

// `A-B` or `A/PREFIX`, of which a network's own and its broadcast address are no hosts.
bool RewriterPattern::parse_source_range(String word, const Element *context)
{
    parse_order(word);
    const int dash = word.find_left('-');
    IPAddress first, last;
    if (dash >= 0) {
        if (!IPAddressArg().parse(word.substring(0, dash), first, context)
            || !IPAddressArg().parse(word.substring(dash + 1), last, context) || ntohl(last.addr()) < ntohl(first.addr()))
            return false;
    } else {
        IPAddress mask;
        if (!IPPrefixArg(true).parse(word, first, mask, context) || !first || !mask || mask.mask_to_prefix_len() < 0)
            return false;
        const int length = mask.mask_to_prefix_len();
        if (length < 32)
            first &= mask;
        last = first | ~mask;
        if (length < 31) {
            first |= IPAddress(htonl(1));
            last &= IPAddress(htonl(0xFFFFFFFE));
        }
    }
    _fixed.saddr = first.addr();
    _most = ntohl(last.addr()) - ntohl(first.addr());
    return true;
}

bool RewriterPattern::parse_source(const String &word, const Element *context)
{
    IPAddress address;
    if (word == "-")
        return true;
    if (!IPAddressArg().parse(word, address, context))
        return parse_source_range(word, context);
    _fixed.saddr = address.addr();
    return true;
}

static bool parse_port(const String &word, uint16_t &port)
{
    int value;
    if (!IntArg().parse(word, value) || value <= 0 || value > 65535)
        return false;
    port = htons(static_cast<uint16_t>(value));
    return true;
}

bool RewriterPattern::parse_port_range(String word)
{
    parse_order(word);
    const int dash = word.find_left('-');
    int first, last;
    if (dash < 0 || !IntArg().parse(word.substring(0, dash), first) || !IntArg().parse(word.substring(dash + 1), last)
        || first < 0 || last < first || last > 65535)
        return false;
    _fixed.sport = htons(static_cast<uint16_t>(first));
    _most = static_cast<uint32_t>(last - first);
    return true;
}

static std::shared_ptr<RewriterPattern> named(const String &name, const Element *context, ErrorHandler *errh)
{
    const NamedPatterns *known = static_cast<NamedPatterns *>(context->router()->attachment("IPRewriterPatterns"));
    int32_t at;
    if (known && NameInfo::query_int(NameInfo::T_IPREWRITER_PATTERN, context, name, &at) && at >= 0
        && at < known->patterns.size())
        return known->patterns[at];
    errh->error("no such pattern %<%s%>", name.c_str());
    return nullptr;
}

std::shared_ptr<RewriterPattern> RewriterPattern::parse(const Vector<String> &words, const Element *context,
                                                        ErrorHandler *errh)
{
    const int n = words.size();
    if (n == 1)
        return named(words[0], context, errh);
    const auto failed = [errh](const char *what) {
        errh->error("%s", what);
        return nullptr;
    };
    if (n != 2 && n != 3 && n != 4)
        return failed("syntax error");
    // Three words: the source port is last.
    const int sport = n == 4 ? 1 : n == 3 ? 2 : -1, daddr = n == 4 ? 2 : 1, dport = n == 4 ? 3 : -1;
    std::shared_ptr<RewriterPattern> pattern = std::make_shared<RewriterPattern>();
    pattern->_ports = n > 2;
    IPAddress destination;
    if (!pattern->parse_source(words[0], context))
        return failed("bad source address");
    if (sport >= 0 && words[sport] != "-" && !parse_port(words[sport], pattern->_fixed.sport)
        && !pattern->parse_port_range(words[sport]))
        return failed("bad source port");
    if (words[daddr] != "-" && !IPAddressArg().parse(words[daddr], destination, context))
        return failed("bad destination address");
    pattern->_fixed.daddr = destination.addr();
    if (dport >= 0 && words[dport] != "-" && !parse_port(words[dport], pattern->_fixed.dport))
        return failed("bad destination port");
    return pattern;
}

FlowTuple RewriterPattern::fixed(const FlowTuple &from) const
{
    return FlowTuple{_fixed.saddr ? _fixed.saddr : from.saddr, _fixed.daddr ? _fixed.daddr : from.daddr,
                     _fixed.sport ? _fixed.sport : from.sport, _fixed.dport ? _fixed.dport : from.dport};
}

void RewriterPattern::vary(FlowTuple &to, uint32_t offset) const
{
    if (_ports)
        to.sport = htons(static_cast<uint16_t>(ntohs(_fixed.sport) + offset));
    else
        to.saddr = htonl(ntohl(_fixed.saddr) + offset);
}

bool RewriterPattern::choose(const FlowTuple &from, FlowTuple &to, const ReplyKeys &keys)
{
    to = fixed(from);
    if (!_most) {
        keys.complete(to);
        return true;  // taken or not: the newer flow wins
    }
    std::lock_guard<std::mutex> guard(_lock);
    const FlowTuple base = to;
    const FlowTuple destination = {_ports ? to.saddr : 0, to.daddr, 0, to.dport};
    if (_exhausted_in == keys.space() && _exhausted_at == keys.erasures() && _exhausted == destination)
        return false;
    const uint32_t own = ntohs(from.sport) - uint32_t{ntohs(_fixed.sport)};
    if (_ports && _prefer_same && own <= _most) {
        vary(to, own);
        if (!keys.taken(to))
            return true;
    }
    uint32_t offset = _sequential ? (_next > _most ? 0 : _next) : click_random(0, _most);
    for (uint32_t tried = 0; tried <= _most; ++tried, offset = offset == _most ? 0 : offset + 1) {
        to = base;
        vary(to, offset);
        if (keys.taken(to))
            continue;
        _next = offset + 1;
        return true;
    }
    _exhausted = destination;
    _exhausted_in = keys.space();
    _exhausted_at = keys.erasures();
    return false;
}

String RewriterPattern::unparse() const
{
    StringAccum sa;
    const auto address = [&sa](uint32_t a) {
        if (a)
            sa << IPAddress(a);
        else
            sa << '-';
    };
    address(_fixed.saddr);
    if (!_ports && _most)
        sa << '-' << IPAddress(htonl(ntohl(_fixed.saddr) + _most));
    sa << ' ';
    if (_ports) {
        if (_fixed.sport || _most)
            sa << ntohs(_fixed.sport);
        else
            sa << '-';
        if (_most)
            sa << '-' << (ntohs(_fixed.sport) + _most);
        sa << ' ';
    }
    address(_fixed.daddr);
    if (_ports) {
        sa << ' ';
        if (_fixed.dport)
            sa << ntohs(_fixed.dport);
        else
            sa << '-';
    }
    return sa.take_string();
}
