// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "rulematcher.hh"

namespace mimi {

namespace {

uint64_t hash_of(const std::vector<uint64_t> &words)
{
    uint64_t h = 0x9e3779b97f4a7c15u;
    for (uint64_t w : words)
        h = (h ^ w ^ (h >> 29)) * 0xbf58476d1ce4e5b9u;
    return h ^ (h >> 32);
}

uint16_t successor(uint16_t n) { return uint16_t(n + 1); }
uint32_t successor(uint32_t n) { return n + 1; }
WideAddress successor(const WideAddress &n) { return WideAddress{n.high + (n.low == ~uint64_t(0)), n.low + 1}; }

void flip(std::vector<uint64_t> &bits, uint32_t rule)
{
    bits[rule / 64] ^= uint64_t(1) << (rule % 64);
}

}  // namespace

RuleSets::Set RuleSets::add(const std::vector<uint64_t> &bits)
{
    std::vector<uint64_t> packed(_summary_words, 0);
    for (size_t i = 0; i != _words; ++i)
        if (bits[i]) {
            packed[i / 64] |= uint64_t(1) << (i % 64);
            packed.push_back(bits[i]);
        }
    if (_known.empty())
        _known.resize(16384);
    std::vector<Set> &alike = _known[hash_of(packed) % _known.size()];
    for (Set other : alike)
        if (_pool.size() - other >= packed.size() && std::equal(packed.begin(), packed.end(), _pool.begin() + other))
            return other;
    const Set set = Set(_pool.size());
    _pool.insert(_pool.end(), packed.begin(), packed.end());
    alike.push_back(set);
    return set;
}

void RuleSets::seal()
{
    _known = std::vector<std::vector<Set>>();
    _pool.shrink_to_fit();
}

// From left to right: at each end of a range its rule enters the set or leaves it.
template <class Number> void RuleDimension<Number>::build(const std::vector<Range> &ranges, Number least, Number most, RuleSets &sets)
{
    struct Change {
        Number at;
        uint32_t rule;
    };
    std::vector<Change> changes;
    for (const Range &r : ranges) {
        changes.push_back(Change{r.first, r.rule});
        if (r.last < most)
            changes.push_back(Change{successor(r.last), r.rule});
    }
    std::sort(changes.begin(), changes.end(), [](const Change &a, const Change &b) { return a.at < b.at; });
    std::vector<uint64_t> bits(sets.words(), 0);
    size_t i = 0;
    for (Number start = least;; start = changes[i].at) {
        for (; i != changes.size() && !(start < changes[i].at); ++i)
            flip(bits, changes[i].rule);
        const RuleSets::Set set = sets.add(bits);
        if (_sets.empty() || _sets.back() != set) {
            _starts.push_back(start);
            _sets.push_back(set);
        }
        if (i == changes.size())
            return;
    }
}

RuleMatcher::RuleMatcher(const std::vector<FirewallRule> &rules) : _sets(rules.size() ? rules.size() : 1)
{
    build_protos(rules);
    build_ip4(rules, &FirewallRule::source, _sources4);
    build_ip4(rules, &FirewallRule::destination, _destinations4);
    build_ip6(rules, &FirewallRule::source, _sources6);
    build_ip6(rules, &FirewallRule::destination, _destinations6);
    build_ports(rules, &FirewallRule::source_ports, _source_ports);
    build_ports(rules, &FirewallRule::destination_ports, _destination_ports);
    _sets.seal();
}

void RuleMatcher::build_protos(const std::vector<FirewallRule> &rules)
{
    for (int side = 0; side != 2; ++side) {
        const uint8_t wanted = side ? FirewallRule::outside : FirewallRule::inside;
        std::vector<uint64_t> any(_sets.words(), 0);
        std::vector<std::vector<uint32_t>> own(256);
        for (uint32_t i = 0; i != rules.size(); ++i)
            if (rules[i].sides & wanted) {
                if (rules[i].proto == FirewallRule::any_proto)
                    flip(any, i);
                else
                    own[size_t(rules[i].proto)].push_back(i);
            }
        for (size_t proto = 0; proto != 256; ++proto) {
            for (uint32_t i : own[proto])
                flip(any, i);
            _protos[side][proto] = _sets.add(any);
            for (uint32_t i : own[proto])
                flip(any, i);
        }
    }
}

void RuleMatcher::build_ip4(const std::vector<FirewallRule> &rules, AddressEnd end, RuleDimension<uint32_t> &dimension)
{
    std::vector<RuleDimension<uint32_t>::Range> ranges;
    const uint32_t most = ~uint32_t(0);
    for (uint32_t i = 0; i != rules.size(); ++i) {
        const AddressRange &r = rules[i].*end;
        if (rules[i].family() == RuleFamily::ip6)
            continue;
        if (r.family == RuleFamily::any)
            ranges.push_back({0, most, i});
        else
            ranges.push_back({uint32_t(r.first.low), uint32_t(r.last.low), i});
    }
    dimension.build(ranges, 0, most, _sets);
}

void RuleMatcher::build_ip6(const std::vector<FirewallRule> &rules, AddressEnd end, RuleDimension<WideAddress> &dimension)
{
    std::vector<RuleDimension<WideAddress>::Range> ranges;
    const WideAddress least = {0, 0}, most = {~uint64_t(0), ~uint64_t(0)};
    for (uint32_t i = 0; i != rules.size(); ++i) {
        const AddressRange &r = rules[i].*end;
        if (rules[i].family() == RuleFamily::ip4)
            continue;
        if (r.family == RuleFamily::any)
            ranges.push_back({least, most, i});
        else
            ranges.push_back({r.first, r.last, i});
    }
    dimension.build(ranges, least, most, _sets);
}

void RuleMatcher::build_ports(const std::vector<FirewallRule> &rules, PortEnd end, RuleDimension<uint16_t> &dimension)
{
    std::vector<RuleDimension<uint16_t>::Range> ranges;
    for (uint32_t i = 0; i != rules.size(); ++i) {
        if ((rules[i].*end).empty())
            ranges.push_back({0, 65535, i});
        for (const PortRange &r : rules[i].*end)
            ranges.push_back({r.first, r.last, i});
    }
    dimension.build(ranges, 0, 65535, _sets);
}

size_t RuleMatcher::bytes() const
{
    return sizeof(*this) + _sets.bytes() + _sources4.bytes() + _destinations4.bytes() + _sources6.bytes() + _destinations6.bytes()
        + _source_ports.bytes() + _destination_ports.bytes();
}

}  // namespace mimi

ELEMENT_PROVIDES(RuleMatcher)
ELEMENT_REQUIRES(FirewallRule)
