// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_RULEMATCHER_HH
#define MIMI_RULEMATCHER_HH
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>
#include "firewallrule.hh"

// Ordered rules, compiled: the first that matches is found in a time that hardly depends on how many there are.
//
// Theory of operation
//
// A rule is a box: a range in each of five *dimensions* (side and protocol, source, destination, source port, destination
// port). In one dimension the ends of all rules' ranges cut the numbers into *intervals*; within an interval the same *set* of
// rules can match. A packet is located in each dimension by binary search, which gives five sets; the first member of their
// intersection is the answer.
//
// A set is bits, 64 rules a word, and most of a set's words are 0. So it is kept as a *summary*, one bit for each word that is
// not 0, and those words alone; equal sets are kept once. The intersection of the summaries says which words can be worth
// looking at: seldom more than one or two.
//
//   0 deny  10.9.0.0/16 any      source intervals   [0, 10.9.0.0)   {1}
//   1 allow any         any:80                      [10.9.0.0, 10.10.0.0) {0, 1}    a packet from 10.9.0.1 to port 80:
//                                                   [10.10.0.0, …)  {1}             {0, 1} of {0, 1} and {1} … first: 0
//                                port intervals     [0, 80) {0}  [80, 81) {0, 1}  [81, …) {0}
//
// The cost grows with the logarithm of the rules, and by one word of summary for 4096 rules. The memory is some words for each
// interval when rules are specific, and rules / 64 words when they all overlap: `rules_limit` bounds that.

namespace mimi {

// The sets of a matcher, one after the other: summary words, then the words that are not 0.
class RuleSets {
  public:
    typedef uint32_t Set;  // where it begins

    explicit RuleSets(size_t rules) : _words((rules + 63) / 64), _summary_words((_words + 63) / 64) {}

    Set add(const std::vector<uint64_t> &bits);
    // To be called when no set will be added any more.
    void seal();

    // The first rule that is in all of n sets; -1 if there is none.
    template <size_t n> int first_in_all(const Set (&sets)[n]) const
    {
        const uint64_t *at[n];
        for (size_t d = 0; d != n; ++d)
            at[d] = &_pool[sets[d]];
        size_t used[n] = {};  // the words of the summaries before k
        for (size_t k = 0; k != _summary_words; ++k) {
            uint64_t summary = ~uint64_t(0);
            for (size_t d = 0; d != n; ++d)
                summary &= at[d][k];
            for (; summary; summary &= summary - 1) {
                uint64_t word = ~uint64_t(0);
                const uint64_t before = (summary & (0 - summary)) - 1;
                for (size_t d = 0; d != n && word; ++d)
                    word &= at[d][_summary_words + used[d] + count(at[d][k] & before)];
                if (word)
                    return int((k * 64 + size_t(__builtin_ctzll(summary))) * 64 + size_t(__builtin_ctzll(word)));
            }
            if (k + 1 != _summary_words)
                for (size_t d = 0; d != n; ++d)
                    used[d] += count(at[d][k]);
        }
        return -1;
    }

    size_t words() const { return _words; }
    size_t bytes() const { return _pool.capacity() * sizeof(uint64_t); }

  private:
    size_t _words;
    size_t _summary_words;
    std::vector<uint64_t> _pool;
    std::vector<std::vector<Set>> _known;  // by hash of their words, while sets are added

    static size_t count(uint64_t word) { return size_t(__builtin_popcountll(word)); }
};

// One dimension: where its intervals begin, and the set of each.
template <class Number> class RuleDimension {
  public:
    // Two Number for each range, both ends within; `rule` may have several ranges that do not meet.
    struct Range {
        Number first;
        Number last;
        uint32_t rule;
    };

    void build(const std::vector<Range> &ranges, Number least, Number most, RuleSets &sets);
    RuleSets::Set locate(const Number &n) const
    {
        const Number *base = _starts.data();
        for (size_t size = _starts.size(); size > 1;) {
            const size_t half = size / 2;
            base = n < base[half] ? base : base + half;
            size -= half;
        }
        return _sets[size_t(base - _starts.data())];
    }
    size_t bytes() const { return _starts.capacity() * sizeof(Number) + _sets.capacity() * sizeof(RuleSets::Set); }

  private:
    std::vector<Number> _starts;  // the first is the least number there is
    std::vector<RuleSets::Set> _sets;
};

class RuleMatcher {
  public:
    enum : size_t { rules_limit = 32768 };

    // No more than rules_limit rules.
    explicit RuleMatcher(const std::vector<FirewallRule> &rules);
    RuleMatcher(const RuleMatcher &) = delete;
    RuleMatcher &operator=(const RuleMatcher &) = delete;

    // The number of the first rule that matches; -1 if none does.
    int match(const RuleSubject &s) const
    {
        const bool ip4 = s.family == RuleFamily::ip4;
        const RuleSets::Set sets[] = {
            _protos[s.side == FirewallRule::outside][s.proto],
            ip4 ? _sources4.locate(uint32_t(s.source.low)) : _sources6.locate(s.source),
            ip4 ? _destinations4.locate(uint32_t(s.destination.low)) : _destinations6.locate(s.destination),
            _source_ports.locate(s.source_port),
            _destination_ports.locate(s.destination_port),
        };
        return _sets.first_in_all(sets);
    }
    size_t bytes() const;

  private:
    RuleSets _sets;
    RuleSets::Set _protos[2][256];
    RuleDimension<uint32_t> _sources4, _destinations4;
    RuleDimension<WideAddress> _sources6, _destinations6;
    RuleDimension<uint16_t> _source_ports, _destination_ports;

    void build_protos(const std::vector<FirewallRule> &rules);
    typedef AddressRange FirewallRule::*AddressEnd;
    typedef std::vector<PortRange> FirewallRule::*PortEnd;
    void build_ip4(const std::vector<FirewallRule> &rules, AddressEnd end, RuleDimension<uint32_t> &dimension);
    void build_ip6(const std::vector<FirewallRule> &rules, AddressEnd end, RuleDimension<WideAddress> &dimension);
    void build_ports(const std::vector<FirewallRule> &rules, PortEnd end, RuleDimension<uint16_t> &dimension);
};

}  // namespace mimi
#endif
