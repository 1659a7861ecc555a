// SPDX-License-Identifier: Apache-2.0
// The compiled rules against one comparison after the other, on random rules whose numbers meet at their edges. Usage:
// firewallrules_check SEED RULES PACKETS. Prints the first difference and ends with 1.
#include <cstdio>
#include <cstdlib>
#include <random>
#include "elements/rulematcher.hh"

using namespace mimi;

namespace {

std::mt19937 random_bits;
bool narrow;  // rules that hardly ever match, so that the first match is far behind

unsigned below(unsigned n)
{
    return unsigned(random_bits() % n);
}

// Few numbers, all around powers of two and the ends of the range, so that rules and packets meet.
uint16_t some_port()
{
    static const uint16_t edges[] = {0, 1, 79, 80, 81, 443, 1023, 1024, 8000, 8100, 65534, 65535};
    return below(4) ? edges[below(12)] : uint16_t(random_bits());
}

WideAddress some_address(RuleFamily family)
{
    static const uint64_t edges[] = {0, 1, 0x0a000000, 0x0a000001, 0x0a0000ff, 0x0a000100, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
    const uint64_t low = edges[below(10)];
    if (family == RuleFamily::ip4)
        return WideAddress{0, low};
    const uint64_t all = ~uint64_t(0);
    return WideAddress{below(2) ? 0x20010db800000000u : below(2) ? 0 : all, below(2) ? low : all - low};
}

RuleFamily some_family()
{
    return below(3) ? RuleFamily::ip4 : RuleFamily::ip6;
}

AddressRange some_range(RuleFamily family)
{
    AddressRange range = {RuleFamily::any, {0, 0}, {0, 0}};
    if (!narrow && below(3) == 0)
        return range;
    WideAddress a = some_address(family), b = narrow || below(2) ? a : some_address(family);
    if (b < a)
        std::swap(a, b);
    return AddressRange{family, a, b};
}

std::vector<PortRange> some_ports()
{
    std::vector<PortRange> ranges;
    for (unsigned at = some_port(), n = below(4); n != 0 && at <= 65535; --n) {
        const unsigned last = below(2) ? at : std::min(at + below(300), 65535u);
        ranges.push_back(PortRange{uint16_t(at), uint16_t(last)});
        at = last + 2 + below(2000);
    }
    return ranges;
}

FirewallRule some_rule()
{
    static const int protos[] = {FirewallRule::any_proto, 6, 17, 47, 1, 58};
    FirewallRule r;
    const RuleFamily family = some_family();
    r.action = RuleAction(below(3));
    r.sides = uint8_t(1 + below(3));
    r.proto = protos[below(family == RuleFamily::ip4 ? 5 : 4)];
    if (family == RuleFamily::ip6 && r.proto == 47)
        r.proto = 58;
    r.source = some_range(family);
    r.destination = some_range(family);
    if (r.proto == 6 || r.proto == 17)
        r.source_ports = some_ports();
    if (r.proto != 47 && r.proto != FirewallRule::any_proto)
        r.destination_ports = some_ports();
    return r;
}

RuleSubject some_subject()
{
    static const uint8_t protos[] = {6, 17, 47, 1, 58, 255};
    RuleSubject s;
    s.side = uint8_t(1 + below(2));
    s.proto = protos[below(6)];
    s.family = some_family();
    s.source = some_address(s.family);
    s.destination = some_address(s.family);
    s.source_port = some_port();
    s.destination_port = some_port();
    return s;
}

int first_match(const std::vector<FirewallRule> &rules, const RuleSubject &s)
{
    for (size_t i = 0; i != rules.size(); ++i)
        if (rule_matches(rules[i], s))
            return int(i);
    return -1;
}

bool text_is_kept(const FirewallRule &rule)
{
    const std::string text = rule_text(rule);
    FirewallRule again;
    const std::string wrong = parse_rule(text, again);
    if (wrong.empty() && rule_text(again) == text)
        return true;
    printf("%s: %s, then %s\n", text.c_str(), wrong.c_str(), wrong.empty() ? rule_text(again).c_str() : "");
    return false;
}

}  // namespace

int main(int, char **argv)
{
    random_bits.seed(unsigned(atoi(argv[1])));
    narrow = atoi(argv[1]) % 2;
    std::vector<FirewallRule> rules, reread;
    for (int i = 0; i != atoi(argv[2]); ++i) {
        rules.push_back(some_rule());
        if (!text_is_kept(rules.back()))
            return 1;
        reread.emplace_back();
        parse_rule(rule_text(rules.back()), reread.back());
    }
    const RuleMatcher matcher(reread);
    int matches = 0, furthest = -1;
    for (int i = 0; i != atoi(argv[3]); ++i) {
        const RuleSubject s = some_subject();
        const int expected = first_match(rules, s), found = matcher.match(s);
        matches += found >= 0;
        furthest = std::max(furthest, found);
        if (expected == found)
            continue;
        printf("side %u proto %u %s:%u %s:%u: rule %d, expected %d\n", s.side, s.proto, address_text(s.family, s.source).c_str(), s.source_port,
               address_text(s.family, s.destination).c_str(), s.destination_port, found, expected);
        return 1;
    }
    printf("%d of %s matched, the furthest was rule %d\n", matches, argv[3], furthest);
    return 0;
}
