// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FIREWALLWORDS_HH
#define MIMI_FIREWALLWORDS_HH
#include <cstddef>
#include <string>
#include "firewallrule.hh"

// The words of a firewall's rules: what its reader and its writer share.

namespace mimi {

enum : int { rule_icmp = 1, rule_tcp = 6, rule_udp = 17, rule_icmp6 = 58 };

struct RuleWord {
    const char *word;
    int number;
};

const RuleWord rule_protocols[] = {{"any", FirewallRule::any_proto}, {"tcp", rule_tcp}, {"udp", rule_udp}, {"icmp", rule_icmp}, {"icmp6", rule_icmp6}};
const RuleWord icmp_types[] = {
    {"echo-reply", 0}, {"unreachable", 3}, {"source-quench", 4}, {"redirect", 5}, {"echo-request", 8},
    {"router-advertisement", 9}, {"router-solicitation", 10}, {"time-exceeded", 11}, {"parameter-problem", 12},
    {"timestamp-request", 13}, {"timestamp-reply", 14}, {"address-mask-request", 17}, {"address-mask-reply", 18},
};
const RuleWord icmp6_types[] = {
    {"unreachable", 1}, {"packet-too-big", 2}, {"time-exceeded", 3}, {"parameter-problem", 4}, {"echo-request", 128},
    {"echo-reply", 129}, {"router-solicitation", 133}, {"router-advertisement", 134}, {"neighbor-solicitation", 135},
    {"neighbor-advertisement", 136}, {"redirect", 137},
};

template <size_t n> inline const RuleWord *find_word(const RuleWord (&words)[n], const std::string &text)
{
    for (const RuleWord &w : words)
        if (text == w.word)
            return &w;
    return nullptr;
}

template <size_t n> inline const char *find_number(const RuleWord (&words)[n], int number)
{
    for (const RuleWord &w : words)
        if (number == w.number)
            return w.word;
    return nullptr;
}

}  // namespace mimi
#endif
