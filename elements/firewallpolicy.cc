// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "firewallpolicy.hh"
#include <map>

namespace mimi {

std::string FirewallPolicy::parse(const std::string &text, std::vector<FirewallRule> &rules)
{
    std::vector<FirewallRule> parsed;
    for (size_t at = 0; at < text.size();) {
        const size_t end = text.find('\n', at) == std::string::npos ? text.size() : text.find('\n', at);
        const std::string line = text.substr(at, end - at);
        at = end + 1;
        if (line.find_first_not_of(" \t\r") == std::string::npos)
            continue;
        FirewallRule rule;
        const std::string wrong = parse_rule(line, rule);
        if (!wrong.empty())
            return "rule " + std::to_string(parsed.size() + 1) + ", " + wrong;
        parsed.push_back(rule);
    }
    if (parsed.size() > RuleMatcher::rules_limit)
        return "expected no more than " + std::to_string(size_t(RuleMatcher::rules_limit)) + " rules, found "
            + std::to_string(parsed.size());
    rules.swap(parsed);
    return std::string();
}

std::string FirewallPolicy::text() const
{
    std::string out;
    for (size_t i = 0; i != _rules.size(); ++i)
        out += std::to_string(i + 1) + " hits " + std::to_string(_hits.total(i)) + " " + rule_text(_rules[i]) + "\n";
    return out + "default hits " + std::to_string(_hits.total(_rules.size())) + " " + rule_action_word(_otherwise) + "\n";
}

void FirewallPolicy::take_hits(const FirewallPolicy &before)
{
    std::multimap<std::string, uint64_t> known;
    for (size_t i = 0; i != before._rules.size(); ++i)
        known.emplace(rule_text(before._rules[i]), before._hits.total(i));
    for (size_t i = 0; i != _rules.size(); ++i) {
        const std::multimap<std::string, uint64_t>::iterator same = known.find(rule_text(_rules[i]));
        if (same == known.end())
            continue;
        _hits.add_shared(i, same->second);
        known.erase(same);
    }
    _hits.add_shared(_rules.size(), before._hits.total(before._rules.size()));
}

}  // namespace mimi

ELEMENT_PROVIDES(FirewallPolicy)
ELEMENT_REQUIRES(FirewallRuleText RuleMatcher)
