// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "portpool.hh"
#include <arpa/inet.h>
#include <algorithm>
#include <cstring>

namespace mimi {

const uint32_t PortPool::none;

namespace {

const uint64_t even_ports = 0x5555555555555555u, all_ports = ~uint64_t(0);

}  // namespace

void PortPool::configure(const NatRules &rules)
{
    _pools = rules.pools();
    for (const NatRules::Pool &pool : _pools) {
        _first.push_back(uint32_t(_addresses.size()));
        for (uint64_t addr = pool.first; addr <= pool.last; ++addr) {
            Address a = Address();
            a.addr = htonl(uint32_t(addr));
            a.low = pool.low;
            a.high = pool.high;
            _addresses.push_back(std::move(a));
        }
    }
    for (const NatRules::Static &s : rules.statics()) {
        const uint32_t number = number_of(s.outside.addr);
        if (number == none)
            continue;
        _addresses[number].bound |= !s.proto;
        _addresses[number].held.push_back(s);
    }
    for (uint32_t number = 0; number != _addresses.size(); ++number) {
        Address &a = _addresses[number];
        a.initially = a.bound ? 0 : uint32_t(a.high - a.low) + 1;
        if (a.initially && !a.held.empty())
            a.initially = count_free(make_ports(a));
        for (int s = 0; s != n_protos; ++s) {
            a.place[s] = none;
            if (a.initially) {
                a.place[s] = uint32_t(_open[s].size());
                _open[s].push_back(number);
            }
        }
    }
}

uint32_t PortPool::number_of(uint32_t addr) const
{
    const uint32_t host = ntohl(addr);
    auto after = std::upper_bound(_pools.begin(), _pools.end(), host,
                                  [](uint32_t v, const NatRules::Pool &p) { return v < p.first; });
    if (after == _pools.begin() || host > (after - 1)->last)
        return none;
    return _first[size_t(after - 1 - _pools.begin())] + host - (after - 1)->first;
}

bool PortPool::may_give(const Address &a, uint16_t port)
{
    if (a.bound || port < a.low || port > a.high)
        return false;
    for (const NatRules::Static &s : a.held)
        if (uint32_t(port) - ntohs(s.outside.port) < s.count)
            return false;
    return true;
}

// Sets or clears the bits first … last.
void PortPool::fill(Ports &p, uint32_t first, uint32_t last, bool taken)
{
    for (uint32_t w = first / 64; first <= last && w <= last / 64; ++w) {
        const uint64_t from = w == first / 64 ? all_ports << (first % 64) : all_ports;
        const uint64_t bits = w == last / 64 ? from & (all_ports >> (63 - last % 64)) : from;
        p.taken[w] = taken ? p.taken[w] | bits : p.taken[w] & ~bits;
    }
}

std::unique_ptr<PortPool::Ports> PortPool::make_ports(const Address &a)
{
    std::unique_ptr<Ports> made(new Ports);
    Ports &p = *made;
    memset(p.taken, 0xff, sizeof(p.taken));
    memset(p.free, 0, sizeof(p.free));
    p.used = 0;
    if (!a.bound)
        fill(p, a.low, a.high, false);
    for (const NatRules::Static &s : a.held)
        fill(p, ntohs(s.outside.port), ntohs(s.outside.port) + s.count - 1, true);
    for (uint32_t w = 0; w != words; ++w) {
        uint32_t *const free = p.free + kind(uint16_t(w * 64));
        free[0] += uint32_t(__builtin_popcountll(~p.taken[w] & even_ports));
        free[1] += uint32_t(__builtin_popcountll(~p.taken[w] & ~even_ports));
    }
    return made;
}

uint32_t PortPool::count_free(const std::unique_ptr<Ports> &p)
{
    return p->free[0] + p->free[1] + p->free[2] + p->free[3];
}

PortPool::Ports &PortPool::ports(Address &a, int s)
{
    if (!a.ports[s])
        a.ports[s] = make_ports(a);
    return *a.ports[s];
}

uint32_t PortPool::free_ports(uint32_t number, uint8_t proto) const
{
    const Address &a = _addresses[number];
    return a.initially - used_ports(number, proto);
}

uint32_t PortPool::used_ports(uint32_t number, uint8_t proto) const
{
    const std::unique_ptr<Ports> &p = _addresses[number].ports[slot(proto)];
    return p ? p->used : 0;
}

uint32_t PortPool::any_address(uint8_t proto)
{
    const std::vector<uint32_t> &open = _open[slot(proto)];
    return open.empty() ? none : open[_random.below(uint32_t(open.size()))];
}

void PortPool::take(uint32_t number, int s, uint16_t port)
{
    Ports &p = *_addresses[number].ports[s];
    p.taken[port / 64] |= uint64_t(1) << (port % 64);
    --p.free[kind(port)];
    if (++p.used == _addresses[number].initially)
        close(number, s);
}

// The last of the list takes its place.
void PortPool::close(uint32_t number, int s)
{
    std::vector<uint32_t> &open = _open[s];
    const uint32_t place = _addresses[number].place[s], last = open.back();
    open[place] = last;
    _addresses[last].place[s] = place;
    open.pop_back();
    _addresses[number].place[s] = none;
}

void PortPool::give_back(uint32_t number, int s, uint16_t port)
{
    Address &a = _addresses[number];
    Ports &p = *a.ports[s];
    p.taken[port / 64] &= ~(uint64_t(1) << (port % 64));
    ++p.free[kind(port)];
    --p.used;
    if (a.place[s] == none) {
        a.place[s] = uint32_t(_open[s].size());
        _open[s].push_back(number);
    }
}

void PortPool::mark(const Endpoint &outside, uint8_t proto, bool used)
{
    const uint32_t number = number_of(outside.addr);
    const uint16_t port = ntohs(outside.port);
    if (number == none || !may_give(_addresses[number], port))
        return;
    const int s = slot(proto);
    if (is_taken(ports(_addresses[number], s), port) == used)
        return;
    if (used)
        take(number, s, port);
    else
        give_back(number, s, port);
}

// There is one.
uint16_t PortPool::search(const Address &a, const Ports &p, bool low, bool high, uint64_t parity)
{
    const uint32_t first = std::max<uint32_t>(a.low, low ? 0 : +low_ports);
    const uint32_t last = std::min<uint32_t>(a.high, high ? 65535 : low_ports - 1);
    for (int tries = 0; tries != 8; ++tries) {
        const uint32_t port = first + _random.below(last - first + 1);
        if ((parity >> (port % 64) & 1) && !is_taken(p, uint16_t(port)))
            return uint16_t(port);
    }
    const uint32_t from = first / 64, n = last / 64 - from + 1, start = _random.below(n);
    for (uint32_t i = 0;; ++i) {
        const uint32_t w = from + (start + i) % n;
        uint64_t free = ~p.taken[w] & parity;
        if (w == last / 64)
            free &= all_ports >> (63 - last % 64);
        if (w == first / 64)
            free &= all_ports << (first % 64);
        if (!free)
            continue;
        for (uint32_t skip = _random.below(uint32_t(__builtin_popcountll(free))); skip; --skip)
            free &= free - 1;
        return uint16_t(w * 64 + uint32_t(__builtin_ctzll(free)));
    }
}

bool PortPool::allocate(uint32_t number, uint8_t proto, const Wish &wish, uint16_t &port)
{
    Address &a = _addresses[number];
    const int s = slot(proto);
    const Ports &p = ports(a, s);
    const uint16_t wanted = ntohs(wish.port);
    uint16_t got = wanted;
    if (p.used == a.initially)
        return false;
    if (!wish.preserve || is_taken(p, wanted)) {
        bool low = p.free[0] || p.free[1], high = p.free[2] || p.free[3];
        if (wish.range && low && high)
            (wanted < low_ports ? high : low) = false;
        const uint32_t same = (low ? p.free[wanted & 1] : 0) + (high ? p.free[2 | (wanted & 1)] : 0);
        const uint64_t parity = wish.parity && same ? (wanted & 1 ? ~even_ports : even_ports) : all_ports;
        got = search(a, p, low, high, parity);
    }
    take(number, s, got);
    port = htons(got);
    return true;
}

size_t PortPool::bytes() const
{
    size_t sum = _addresses.capacity() * sizeof(Address);
    for (const Address &a : _addresses)
        for (const std::unique_ptr<Ports> &p : a.ports)
            sum += p ? sizeof(Ports) : 0;
    return sum;
}

}  // namespace mimi

ELEMENT_PROVIDES(PortPool)
ELEMENT_REQUIRES(NatRules)
