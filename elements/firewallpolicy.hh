// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FIREWALLPOLICY_HH
#define MIMI_FIREWALLPOLICY_HH
#include <mimi/threadcounts.hh>
#include "rulematcher.hh"

namespace mimi {

// The rules of a firewall, what holds where none matches, and how often each was met. It never changes: live rules are replaced
// by another policy as a whole.
class FirewallPolicy {
  public:
    FirewallPolicy(const std::vector<FirewallRule> &rules, RuleAction otherwise, size_t threads) : _rules(rules), _matcher(rules), _otherwise(otherwise)
    {
        _hits.reset(threads, rules.size() + 1);
    }

    RuleAction judge(const RuleSubject &s) const { return action_of(_matcher.match(s)); }
    // The same, and counted in the thread's row.
    RuleAction meet(const RuleSubject &s, size_t thread)
    {
        const int i = _matcher.match(s);
        ThreadCounts::step(_hits.row(thread)[i < 0 ? _rules.size() : size_t(i)]);
        return action_of(i);
    }

    // Rules one a line, all parsed before any counts. Empty, or what is wrong: `rule 3, word 4 (PROTO): …`.
    static std::string parse(const std::string &text, std::vector<FirewallRule> &rules);
    // A line for each: its number, how often it was met, its text. The last is what holds otherwise.
    std::string text() const;
    // Rules that stand in both keep their counts.
    void take_hits(const FirewallPolicy &before);
    size_t bytes() const { return _matcher.bytes() + _rules.capacity() * sizeof(FirewallRule); }

  private:
    std::vector<FirewallRule> _rules;
    RuleMatcher _matcher;
    RuleAction _otherwise;
    ThreadCounts _hits;

    RuleAction action_of(int i) const { return i < 0 ? _otherwise : _rules[size_t(i)].action; }
};

}  // namespace mimi
#endif
