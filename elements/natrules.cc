// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "natrules.hh"
#include <arpa/inet.h>
#include <algorithm>
#include <cstdlib>

namespace mimi {

namespace {

typedef std::vector<std::string> Words;

std::string joined(const Words &words)
{
    std::string all;
    for (const std::string &word : words)
        all += (all.empty() ? "" : " ") + word;
    return all.empty() ? "nothing" : "'" + all + "'";
}

bool parse_number(const std::string &text, uint32_t limit, uint32_t &value)
{
    if (text.empty() || text.size() > 5 || text.find_first_not_of("0123456789") != std::string::npos)
        return false;
    value = uint32_t(strtoul(text.c_str(), nullptr, 10));
    return value <= limit;
}

// `10.0.0.0/8`, network order.
bool parse_prefix(const std::string &text, uint32_t &value, uint32_t &mask)
{
    const size_t slash = text.find('/');
    uint32_t bits;
    if (slash == std::string::npos || !parse_number(text.substr(slash + 1), 32, bits)
        || !parse_address(text.substr(0, slash), value))
        return false;
    mask = bits ? htonl(~uint32_t(0) << (32 - bits)) : 0;
    return (value & ~mask) == 0;
}

bool parse_ports(const std::string &text, uint16_t &low, uint16_t &high)
{
    const size_t dash = text.find('-');
    uint32_t a, b;
    if (!parse_number(text.substr(0, dash), 65535, a))
        return false;
    b = a;
    if (dash != std::string::npos && !parse_number(text.substr(dash + 1), 65535, b))
        return false;
    low = uint16_t(a);
    high = uint16_t(b);
    return a <= b;
}

bool parse_addresses(const std::string &text, uint32_t &first, uint32_t &last)
{
    uint32_t value, mask;
    const size_t dash = text.find('-');
    if (parse_prefix(text, value, mask)) {
        first = ntohl(value);
        last = ntohl(value | ~mask);
        return true;
    }
    if (!parse_address(text.substr(0, dash), value))
        return false;
    first = last = ntohl(value);
    if (dash == std::string::npos)
        return true;
    const bool whole = parse_address(text.substr(dash + 1), value);
    last = ntohl(value);
    return whole && first <= last;
}

// `ADDR:PORT[-PORT]`, the end and how many ports follow.
bool parse_service(const std::string &text, Endpoint &end, uint32_t &count)
{
    const size_t colon = text.find(':');
    uint16_t low, high;
    if (colon == std::string::npos || !parse_address(text.substr(0, colon), end.addr)
        || !parse_ports(text.substr(colon + 1), low, high))
        return false;
    end.port = htons(low);
    count = uint32_t(high - low) + 1;
    return true;
}

bool overlap(uint32_t a, uint32_t a_last, uint32_t b, uint32_t b_last)
{
    return a <= b_last && b <= a_last;
}

// Where `end` lies in the translation's `here`, given back as the place in `there`.
bool swap_end(const NatRules::Static &s, uint8_t proto, const Endpoint &end, const Endpoint &here, const Endpoint &there, Endpoint &out)
{
    out = Endpoint{there.addr, end.port};
    if (!s.proto)
        return true;
    const uint32_t offset = uint32_t(ntohs(end.port)) - ntohs(here.port);  // wraps when it lies before
    out.port = htons(uint16_t(ntohs(there.port) + offset));
    return s.proto == proto && offset < s.count;
}

}  // namespace

std::string NatRules::add_pool(const Words &words)
{
    Pool p = {0, 0, 1024, 65535};
    if (words.empty() || words.size() > 2 || !parse_addresses(words[0], p.first, p.last)
        || (words.size() == 2 && !parse_ports(words[1], p.low, p.high)))
        return "POOL: expected ADDRESS, FIRST-LAST or NETWORK/BITS, and perhaps PORT-PORT, found " + joined(words);
    if (p.low == 0)
        return "POOL: port 0 cannot be given out, found " + joined(words);
    uint64_t total = uint64_t(p.last) - p.first + 1;
    for (const Pool &other : _pools) {
        if (overlap(p.first, p.last, other.first, other.last))
            return "POOL: " + words[0] + " overlaps a pool named before";
        total += other.last - other.first + 1;
    }
    if (total > pool_limit)
        return "POOL: expected at most " + std::to_string(+pool_limit) + " addresses, found " + std::to_string(total);
    _pools.insert(std::upper_bound(_pools.begin(), _pools.end(), p,
                                   [](const Pool &a, const Pool &b) { return a.first < b.first; }), p);
    return std::string();
}

std::string NatRules::add_static(const Words &words)
{
    Static s = {0, Endpoint(), Endpoint(), 65536};
    bool good = words.size() == 3;
    if (good && words[0] == "any") {
        good = parse_address(words[1], s.outside.addr) && parse_address(words[2], s.inside.addr);
    } else if (good) {
        uint32_t inside_count = 0;
        if (words[0] == "tcp" || words[0] == "udp")
            s.proto = words[0] == "tcp" ? +proto_tcp : +proto_udp;
        good = s.proto && parse_service(words[1], s.outside, s.count) && parse_service(words[2], s.inside, inside_count);
        if (good && s.count != inside_count)
            return "STATIC: expected as many ports outside as inside, found " + joined(words);
    }
    if (!good)
        return "STATIC: expected tcp|udp ADDRESS:PORT[-PORT] ADDRESS:PORT[-PORT], or any ADDRESS ADDRESS, found " + joined(words);
    const uint32_t first = ntohs(s.outside.port);
    for (const Static &other : _statics)
        if (other.outside.addr == s.outside.addr && (!s.proto || !other.proto || s.proto == other.proto)
            && overlap(first, first + s.count - 1, ntohs(other.outside.port), ntohs(other.outside.port) + other.count - 1))
            return "STATIC: " + words[1] + " is bound already";
    _by_outside[s.outside.addr].push_back(uint32_t(_statics.size()));
    _by_inside[s.inside.addr].push_back(uint32_t(_statics.size()));
    _statics.push_back(s);
    return std::string();
}

std::string NatRules::add_inside(const Words &words)
{
    Prefix p;
    if (words == Words{"none"}) {
        _nothing = true;
        return std::string();
    }
    if (words.size() != 1 || !parse_prefix(words[0], p.value, p.mask))
        return "INSIDE: expected NETWORK/BITS without host bits, or none, found " + joined(words);
    _inside.push_back(p);
    return std::string();
}

std::string NatRules::check() const
{
    if (_nothing)
        return _inside.empty() && _pools.empty() && _statics.empty() ? "" : "INSIDE: none, but there is a POOL, a STATIC or another INSIDE";
    if (_inside.empty())
        return "INSIDE: required argument missing";
    if (_pools.empty() && _statics.empty())
        return "POOL or STATIC: required argument missing";
    for (const Prefix &p : _inside)
        for (const Pool &pool : _pools)
            if (overlap(pool.first, pool.last, ntohl(p.value), ntohl(p.value | ~p.mask)))
                return "POOL: " + address_text(htonl(pool.first)) + " overlaps the inside network " + address_text(p.value);
    for (const Static &s : _statics) {
        if (!is_inside(s.inside.addr))
            return "STATIC: " + address_text(s.inside.addr) + " is not inside";
        if (is_inside(s.outside.addr))
            return "STATIC: " + address_text(s.outside.addr) + " is inside, expected an outside address";
    }
    return std::string();
}

bool NatRules::is_inside(uint32_t addr) const
{
    for (const Prefix &p : _inside)
        if ((addr & p.mask) == p.value)
            return true;
    return false;
}

const NatRules::Pool *NatRules::pool_of(uint32_t addr) const
{
    const uint32_t a = ntohl(addr);
    auto after = std::upper_bound(_pools.begin(), _pools.end(), a, [](uint32_t v, const Pool &p) { return v < p.first; });
    return after != _pools.begin() && a <= (after - 1)->last ? &*(after - 1) : nullptr;
}

bool NatRules::static_inside(uint8_t proto, const Endpoint &outside, Endpoint &inside) const
{
    auto found = _by_outside.find(outside.addr);
    if (found != _by_outside.end())
        for (uint32_t i : found->second)
            if (swap_end(_statics[i], proto, outside, _statics[i].outside, _statics[i].inside, inside))
                return true;
    return false;
}

bool NatRules::static_outside(uint8_t proto, const Endpoint &inside, Endpoint &outside) const
{
    auto found = _by_inside.find(inside.addr);
    if (found != _by_inside.end())
        for (uint32_t i : found->second)
            if (swap_end(_statics[i], proto, inside, _statics[i].inside, _statics[i].outside, outside))
                return true;
    return false;
}

// A query identifier is no port: a pool's range does not bind it.
bool NatRules::may_be(uint8_t proto, const Endpoint &inside, const Endpoint &outside) const
{
    Endpoint bound;
    if (static_inside(proto, outside, bound))
        return bound == inside;
    const Pool *pool = pool_of(outside.addr);
    const uint16_t port = ntohs(outside.port);
    return pool && (proto == proto_icmp || (pool->low <= port && port <= pool->high));
}

NatRules::Sides NatRules::sides_of(const FlowBinding &b) const
{
    const Endpoint from = source_of(b.orig), from_seen = source_of(b.xlat);
    const Endpoint to = destination_of(b.xlat), to_seen = destination_of(b.orig);
    Sides s = {true, is_inside(from.addr), is_inside(to.addr)};
    const bool from_fits = s.initiator_inside ? may_be(b.proto, from, from_seen) : from == from_seen;
    const bool to_fits = s.responder_inside ? may_be(b.proto, to, to_seen) : to == to_seen;
    s.owned = (s.initiator_inside || s.responder_inside) && from_fits && to_fits;
    return s;
}

}  // namespace mimi

ELEMENT_PROVIDES(NatRules)
ELEMENT_REQUIRES(FlowBinding)
