// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FIREWALLRULE_HH
#define MIMI_FIREWALLRULE_HH
#include <cstdint>
#include <string>
#include <vector>

// One rule of a firewall, and its text.
//
//   ACTION from SIDE PROTO SOURCE[:PORTS] DESTINATION[:PORTS] [types TYPES]
//
//   ACTION   allow, deny (dropped without a word) or reject (answered: a reset, or an ICMP error)
//   SIDE     inside, outside or any: where the packet that begins a flow comes from
//   PROTO    any, tcp, udp, icmp, icmp6, or a protocol number
//   address  any, 10.0.0.1, 10.0.0.0/8, 10.0.0.1-10.0.0.9, or the same of IPv6, which takes [brackets] before ports
//   PORTS    any, or numbers and ranges with commas: 80,443,8000-8100; only with tcp and udp
//   TYPES    ICMP types with commas, by word or number, with a code if need be: echo-request,unreachable/4; only with icmp, icmp6
//
// A rule looks at five numbers of a packet. The types of ICMP stand in the place of the destination port, type * 256 + code, so
// that who compares rules knows ranges of numbers and nothing else.

namespace mimi {

enum class RuleAction : uint8_t { allow, deny, reject };
const char *rule_action_word(RuleAction action);

// An address of either family as a number; one of IPv4 is in the lower half alone.
struct WideAddress {
    uint64_t high;
    uint64_t low;

    bool operator==(const WideAddress &o) const { return high == o.high && low == o.low; }
    bool operator<(const WideAddress &o) const { return high != o.high ? high < o.high : low < o.low; }
};

enum class RuleFamily : uint8_t { any, ip4, ip6 };

struct AddressRange {
    RuleFamily family;  // any: every address, and the other two mean nothing
    WideAddress first;
    WideAddress last;
};

struct PortRange {
    uint16_t first;
    uint16_t last;
};

struct FirewallRule {
    enum : uint8_t { inside = 1, outside = 2 };
    enum : int { any_proto = -1 };

    RuleAction action;
    uint8_t sides;  // of inside and outside
    int proto;
    AddressRange source;
    AddressRange destination;
    std::vector<PortRange> source_ports;       // sorted, apart from each other; empty: any
    std::vector<PortRange> destination_ports;  // the same, or ICMP types

    // The family of the packets that can match: that of its addresses, or of its protocol.
    RuleFamily family() const;
};

// What a rule is compared with: a packet that would begin a flow, or one that belongs to none. Numbers in host order.
struct RuleSubject {
    uint8_t side;  // FirewallRule::inside or outside
    uint8_t proto;
    RuleFamily family;  // ip4 or ip6
    WideAddress source;
    WideAddress destination;
    uint16_t source_port;
    uint16_t destination_port;
};

// One rule after the other: what a set of rules is, without the machinery that makes it fast.
bool rule_matches(const FirewallRule &rule, const RuleSubject &subject);

// Empty, or what is wrong: `word 4 (PROTO): expected …, found '…'`. Then the rule is left alone.
std::string parse_rule(const std::string &text, FirewallRule &rule);
// The one text that a rule's meaning has; it is parsed into the same rule.
std::string rule_text(const FirewallRule &rule);

// That of an ICMP; any for other protocols.
RuleFamily family_of_proto(int proto);
// The range of the addresses that share the first `bits` bits with `a`; false if `a` itself has bits behind them.
bool network_range(RuleFamily family, const WideAddress &a, unsigned bits, AddressRange &range);
// `10.0.0.1`, `2001:db8::1`; false for anything else.
bool parse_address(const std::string &text, RuleFamily &family, WideAddress &address);
std::string address_text(RuleFamily family, const WideAddress &address);

}  // namespace mimi
#endif
