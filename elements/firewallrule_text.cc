// SPDX-License-Identifier: Apache-2.0
// Reading the text of a firewall's rule.
#include <click/config.h>
#include <algorithm>
#include "firewallrule.hh"
#include "firewallwords.hh"

namespace mimi {

namespace {

// Decimal, without sign, blank or leading zero.
bool parse_number(const std::string &text, unsigned limit, unsigned &number)
{
    if (text.empty() || text.size() > 6 || (text[0] == '0' && text.size() > 1))
        return false;
    unsigned n = 0;
    for (char c : text) {
        if (c < '0' || c > '9')
            return false;
        n = n * 10 + unsigned(c - '0');
    }
    number = n;
    return n <= limit;
}

std::vector<std::string> split(const std::string &text, char at)
{
    std::vector<std::string> parts(1);
    for (char c : text)
        if (c == at)
            parts.emplace_back();
        else
            parts.back() += c;
    return parts;
}

std::vector<std::string> words_of(const std::string &text)
{
    std::vector<std::string> words;
    bool inside = false;
    for (char c : text) {
        const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!blank && !inside)
            words.emplace_back();
        if (!blank)
            words.back() += c;
        inside = !blank;
    }
    return words;
}

// Sorted, and ranges that touch made one.
void tidy(std::vector<PortRange> &ranges)
{
    std::sort(ranges.begin(), ranges.end(), [](const PortRange &a, const PortRange &b) { return a.first < b.first; });
    std::vector<PortRange> apart;
    for (const PortRange &r : ranges)
        if (!apart.empty() && r.first <= unsigned(apart.back().last) + 1)
            apart.back().last = std::max(apart.back().last, r.last);
        else
            apart.push_back(r);
    if (apart.size() == 1 && apart[0].first == 0 && apart[0].last == 65535)
        apart.clear();
    ranges.swap(apart);
}

bool parse_ports(const std::string &text, std::vector<PortRange> &ranges)
{
    ranges.clear();
    if (text == "any")
        return true;
    for (const std::string &part : split(text, ',')) {
        const std::vector<std::string> ends = split(part, '-');
        unsigned first, last;
        if (ends.size() > 2 || !parse_number(ends.front(), 65535, first) || !parse_number(ends.back(), 65535, last) || last < first)
            return false;
        ranges.push_back(PortRange{uint16_t(first), uint16_t(last)});
    }
    tidy(ranges);
    return true;
}

bool parse_types(const std::string &text, int proto, std::vector<PortRange> &ranges)
{
    ranges.clear();
    for (const std::string &part : split(text, ',')) {
        const std::vector<std::string> halves = split(part, '/');
        const RuleWord *word = proto == rule_icmp ? find_word(icmp_types, halves[0]) : find_word(icmp6_types, halves[0]);
        unsigned type, code = 0;
        if (word)
            type = unsigned(word->number);
        else if (!parse_number(halves[0], 255, type))
            return false;
        if (halves.size() > 2 || (halves.size() == 2 && !parse_number(halves[1], 255, code)))
            return false;
        ranges.push_back(PortRange{uint16_t(type << 8), uint16_t((type << 8) | 255)});
        if (halves.size() == 2)
            ranges.back().first = ranges.back().last = uint16_t((type << 8) | code);
    }
    tidy(ranges);
    return true;
}

std::string parse_addresses(const std::string &text, AddressRange &range)
{
    range = AddressRange{RuleFamily::any, {0, 0}, {0, 0}};
    const std::string expected = "expected any, an address, a network or a range, found '" + text + "'";
    if (text == "any")
        return std::string();
    const std::vector<std::string> ends = split(text, '-');
    if (ends.size() == 2) {
        RuleFamily other;
        if (!parse_address(ends[0], range.family, range.first) || !parse_address(ends[1], other, range.last) || other != range.family)
            return expected;
        return range.last < range.first ? "the range " + text + " ends before it begins" : std::string();
    }
    const std::vector<std::string> halves = split(text, '/');
    WideAddress a;
    if (halves.size() > 2 || !parse_address(halves[0], range.family, a))
        return expected;
    const unsigned most = range.family == RuleFamily::ip4 ? 32 : 128;
    unsigned bits = most;
    if (halves.size() == 2 && !parse_number(halves[1], most, bits))
        return "expected a prefix length from 0 to " + std::to_string(most) + ", found '" + halves[1] + "'";
    if (!network_range(range.family, a, bits, range))
        return "the address " + halves[0] + " has bits set behind its prefix of " + std::to_string(bits);
    return std::string();
}

// Cuts `SOURCE[:PORTS]` in two; the ports are empty if there are none.
bool cut_ports(const std::string &text, std::string &address, std::string &ports)
{
    ports.clear();
    if (!text.empty() && text[0] == '[') {
        const size_t close = text.find(']');
        if (close == std::string::npos || (close + 1 != text.size() && text[close + 1] != ':'))
            return false;
        address = text.substr(1, close - 1);
        if (close + 1 != text.size())
            ports = text.substr(close + 2);
        return close + 2 != text.size();
    }
    const size_t colon = text.find(':');
    const bool ip6 = colon != std::string::npos && text.find(':', colon + 1) != std::string::npos;
    address = ip6 ? text : text.substr(0, colon);
    if (ip6 || colon == std::string::npos)
        return true;
    ports = text.substr(colon + 1);
    return !ports.empty();
}

std::string parse_end(const std::string &text, int proto, AddressRange &range, std::vector<PortRange> &ranges)
{
    std::string address, ports;
    if (!cut_ports(text, address, ports))
        return "expected ADDRESS or ADDRESS:PORTS, found '" + text + "'";
    const std::string wrong = parse_addresses(address, range);
    if (!wrong.empty())
        return wrong;
    if (ports.empty())
        return std::string();
    if (!parse_ports(ports, ranges))
        return "expected ports as in 80,443,8000-8100, found '" + ports + "'";
    if (!ranges.empty() && proto != rule_tcp && proto != rule_udp)
        return "ports need the protocol tcp or udp, found '" + text + "'";
    return std::string();
}

bool parse_side(const std::string &text, uint8_t &sides)
{
    const bool any = text == "any";
    sides = uint8_t((any || text == "inside" ? FirewallRule::inside : 0) | (any || text == "outside" ? FirewallRule::outside : 0));
    return sides != 0;
}

bool parse_proto(const std::string &text, int &proto)
{
    unsigned number;
    const RuleWord *word = find_word(rule_protocols, text);
    if (word)
        proto = word->number;
    else if (parse_number(text, 255, number))
        proto = int(number);
    else
        return false;
    return true;
}

// Nothing can be from IPv4 to IPv6.
bool families_agree(const FirewallRule &r)
{
    const RuleFamily all[] = {r.source.family, r.destination.family, family_of_proto(r.proto)};
    for (RuleFamily a : all)
        for (RuleFamily b : all)
            if (a != RuleFamily::any && b != RuleFamily::any && a != b)
                return false;
    return true;
}

std::string parse_words(const std::vector<std::string> &w, FirewallRule &r)
{
    static const char *const places[] = {"ACTION", "from", "SIDE", "PROTO", "SOURCE", "DESTINATION", "types", "TYPES"};
    auto wrong = [&](size_t i, const std::string &what) {
        return "word " + std::to_string(i + 1) + " (" + places[i] + "): " + what;
    };
    auto expected = [&](size_t i, const char *what) { return wrong(i, std::string("expected ") + what + ", found '" + w[i] + "'"); };
    if (w[0] != "allow" && w[0] != "deny" && w[0] != "reject")
        return expected(0, "allow, deny or reject");
    r.action = w[0] == "allow" ? RuleAction::allow : w[0] == "deny" ? RuleAction::deny : RuleAction::reject;
    if (w[1] != "from")
        return expected(1, "from");
    if (!parse_side(w[2], r.sides))
        return expected(2, "inside, outside or any");
    if (!parse_proto(w[3], r.proto))
        return expected(3, "any, tcp, udp, icmp, icmp6 or a number from 0 to 255");
    std::string error = parse_end(w[4], r.proto, r.source, r.source_ports);
    if (!error.empty())
        return wrong(4, error);
    error = parse_end(w[5], r.proto, r.destination, r.destination_ports);
    if (!error.empty())
        return wrong(5, error);
    if (!families_agree(r))
        return wrong(5, "IPv4 and IPv6 do not meet: source, destination and protocol must be of one family");
    if (w.size() == 6)
        return std::string();
    if (w[6] != "types")
        return expected(6, "types or the end");
    if (r.proto != rule_icmp && r.proto != rule_icmp6)
        return wrong(6, "types need the protocol icmp or icmp6, found '" + w[3] + "'");
    if (!parse_types(w[7], r.proto, r.destination_ports))
        return expected(7, "ICMP types as in echo-request,unreachable/4");
    return std::string();
}

}  // namespace

std::string parse_rule(const std::string &text, FirewallRule &rule)
{
    const std::vector<std::string> words = words_of(text);
    if (words.size() != 6 && words.size() != 8)
        return "expected ACTION from SIDE PROTO SOURCE[:PORTS] DESTINATION[:PORTS] [types TYPES], found " + std::to_string(words.size())
            + (words.size() == 1 ? " word" : " words");
    FirewallRule parsed;
    const std::string wrong = parse_words(words, parsed);
    if (wrong.empty())
        rule = parsed;
    return wrong;
}

}  // namespace mimi

ELEMENT_PROVIDES(FirewallRuleText)
ELEMENT_REQUIRES(FirewallRule)
