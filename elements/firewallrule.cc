// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "firewallrule.hh"
#include "firewallwords.hh"
#include <arpa/inet.h>
#include <algorithm>
#include <cstring>

namespace mimi {

namespace {

bool in_ranges(const std::vector<PortRange> &ranges, uint16_t port)
{
    for (const PortRange &r : ranges)
        if (r.first <= port && port <= r.last)
            return true;
    return ranges.empty();
}

bool in_range(const AddressRange &range, RuleFamily family, const WideAddress &a)
{
    return range.family == RuleFamily::any || (range.family == family && !(a < range.first) && !(range.last < a));
}

void append(std::string &text, const char *before, int number, bool really = true)
{
    if (really)
        text.append(before).append(std::to_string(number));
}

std::string ports_text(const std::vector<PortRange> &ranges)
{
    std::string text;
    for (const PortRange &r : ranges) {
        append(text, text.empty() ? "" : ",", r.first);
        append(text, "-", r.last, r.last != r.first);
    }
    return text;
}

// Codes that follow each other were one range: told one by one again, and whole types as such.
std::string types_text(const std::vector<PortRange> &ranges, int proto)
{
    std::string text;
    auto add = [&](unsigned type, int code) {
        const char *word = proto == rule_icmp ? find_number(icmp_types, int(type)) : find_number(icmp6_types, int(type));
        text += text.empty() ? "" : ",";
        text += word ? std::string(word) : std::to_string(type);
        append(text, "/", code, code >= 0);
    };
    for (const PortRange &r : ranges)
        for (unsigned n = r.first; n <= r.last; ++n)
            if ((n & 255) == 0 && n + 255 <= r.last) {
                add(n >> 8, -1);
                n += 255;
            } else {
                add(n >> 8, int(n & 255));
            }
    return text;
}

// The prefix length of a range that is a network; -1 for another.
int prefix_of(const AddressRange &range)
{
    const unsigned most = range.family == RuleFamily::ip4 ? 32 : 128;
    for (unsigned bits = 0; bits <= most; ++bits) {
        AddressRange network;
        if (network_range(range.family, range.first, bits, network))
            if (network.last == range.last)
                return int(bits);
    }
    return -1;
}

std::string end_text(const AddressRange &range, const std::vector<PortRange> &ports)
{
    std::string text = "any";
    if (range.family != RuleFamily::any) {
        const int prefix = prefix_of(range);
        text = address_text(range.family, range.first);
        if (prefix < 0)
            text.append("-").append(address_text(range.family, range.last));
        append(text, "/", prefix, prefix >= 0 && !(range.first == range.last));
    }
    if (ports.empty())
        return text;
    if (range.family == RuleFamily::ip6)
        text.insert(0, 1, '[').append("]");
    return text.append(":").append(ports_text(ports));
}

}  // namespace

RuleFamily family_of_proto(int proto)
{
    return proto == rule_icmp ? RuleFamily::ip4 : proto == rule_icmp6 ? RuleFamily::ip6 : RuleFamily::any;
}

// If the address has bits behind its prefix, there is no such network.
bool network_range(RuleFamily family, const WideAddress &a, unsigned bits, AddressRange &range)
{
    const unsigned wide = family == RuleFamily::ip4 ? bits + 96 : bits;
    const uint64_t all = ~uint64_t(0);
    const uint64_t high_hosts = wide >= 64 ? 0 : all >> wide;
    const uint64_t low_hosts = wide <= 64 ? all : wide == 128 ? 0 : all >> (wide - 64);
    const uint64_t high_mask = family == RuleFamily::ip4 ? 0 : high_hosts;
    if ((a.high & high_mask) || (a.low & low_hosts))
        return false;
    range = AddressRange{family, a, WideAddress{a.high | high_mask, a.low | low_hosts}};
    return true;
}

const char *rule_action_word(RuleAction action)
{
    return action == RuleAction::allow ? "allow" : action == RuleAction::deny ? "deny" : "reject";
}

bool parse_address(const std::string &text, RuleFamily &family, WideAddress &address)
{
    unsigned char bytes[16];
    address = WideAddress{0, 0};
    if (inet_pton(AF_INET, text.c_str(), bytes) == 1) {
        family = RuleFamily::ip4;
        for (int i = 0; i != 4; ++i)
            address.low = (address.low << 8) | bytes[i];
        return true;
    }
    if (inet_pton(AF_INET6, text.c_str(), bytes) != 1)
        return false;
    family = RuleFamily::ip6;
    for (int i = 0; i != 16; ++i)
        (i < 8 ? address.high : address.low) = ((i < 8 ? address.high : address.low) << 8) | bytes[i];
    return true;
}

std::string address_text(RuleFamily family, const WideAddress &a)
{
    unsigned char bytes[16];
    char text[INET6_ADDRSTRLEN];
    if (family == RuleFamily::ip4) {
        for (int i = 0; i != 4; ++i)
            bytes[i] = uint8_t(a.low >> (24 - 8 * i));
        return inet_ntop(AF_INET, bytes, text, sizeof(text));
    }
    for (int i = 0; i != 16; ++i)
        bytes[i] = uint8_t((i < 8 ? a.high : a.low) >> (56 - 8 * (i & 7)));
    return inet_ntop(AF_INET6, bytes, text, sizeof(text));
}

RuleFamily FirewallRule::family() const
{
    if (source.family != RuleFamily::any)
        return source.family;
    return destination.family != RuleFamily::any ? destination.family : family_of_proto(proto);
}

bool rule_matches(const FirewallRule &rule, const RuleSubject &s)
{
    const RuleFamily family = rule.family();
    return (rule.sides & s.side) && (rule.proto == FirewallRule::any_proto || rule.proto == s.proto)
        && (family == RuleFamily::any || family == s.family)
        && in_range(rule.source, s.family, s.source) && in_range(rule.destination, s.family, s.destination)
        && in_ranges(rule.source_ports, s.source_port) && in_ranges(rule.destination_ports, s.destination_port);
}

std::string rule_text(const FirewallRule &r)
{
    std::string text = rule_action_word(r.action);
    text += r.sides == FirewallRule::inside ? " from inside " : r.sides == FirewallRule::outside ? " from outside " : " from any ";
    const char *proto = find_number(rule_protocols, r.proto);
    text += proto ? std::string(proto) : std::to_string(r.proto);
    const bool types = r.proto == rule_icmp || r.proto == rule_icmp6;
    static const std::vector<PortRange> none;
    text.append(" ").append(end_text(r.source, r.source_ports));
    text.append(" ").append(end_text(r.destination, types ? none : r.destination_ports));
    if (types && !r.destination_ports.empty())
        text.append(" types ").append(types_text(r.destination_ports, r.proto));
    return text;
}

}  // namespace mimi

ELEMENT_PROVIDES(FirewallRule)
