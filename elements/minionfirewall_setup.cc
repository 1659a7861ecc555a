// SPDX-License-Identifier: Apache-2.0
// The life of a firewall: its arguments, what it owns, its successor.
#include <click/config.h>
#include "minionfirewall.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/glue.hh>
CLICK_DECLS

using mimi::FirewallPolicy;
using mimi::RuleAction;

void *MinionFirewall::cast(const char *name)
{
    return strcmp(name, "MinionFirewall") == 0 ? static_cast<void *>(this) : MinionBox::cast(name);
}

int MinionFirewall::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Vector<String> rules;
    String unknown = "drop", otherwise = "deny", mid_flow = "strict";
    uint32_t per_source = 0, half_open = 0;
    Args args(conf, this, errh);
    if (read_arguments(args.read_all("RULE", AnyArg(), rules)
                           .read("DEFAULT", WordArg(), otherwise)
                           .read("MID_FLOW", WordArg(), mid_flow)
                           .read("WINDOW", _window)
                           .read("PER_SOURCE", per_source)
                           .read("HALF_OPEN", half_open)
                           .read("ICMP", SecondsArg(), _icmp_s),
                       unknown).complete() < 0)
        return -1;
    if (otherwise != "deny" && otherwise != "reject" && otherwise != "allow")
        return errh->error("DEFAULT: expected deny, reject or allow, found '%s'", otherwise.c_str());
    _otherwise = otherwise == "deny" ? RuleAction::deny : otherwise == "reject" ? RuleAction::reject : RuleAction::allow;
    if (mid_flow != "strict" && mid_flow != "loose")
        return errh->error("MID_FLOW: expected strict or loose, found '%s'", mid_flow.c_str());
    _loose = mid_flow == "loose";
    if (unknown == "pick")
        return errh->error("UNKNOWN: expected drop or reset, found 'pick'; MID_FLOW loose takes up unknown flows");
    if (check_arguments(unknown, errh) < 0)
        return -1;
    std::string lines;
    std::vector<std::string> words;
    for (int i = 0; i < rules.size(); ++i) {
        const String text = cp_unquote(rules[i]);
        if (!split_words(text, words))
            return errh->error("RULE: rule %d is empty", i + 1);
        lines.append(text.data(), size_t(text.length()));
        lines += '\n';
    }
    std::vector<mimi::FirewallRule> parsed;
    const std::string wrong = FirewallPolicy::parse(lines, parsed);
    if (!wrong.empty())
        return errh->error("RULE: %s", wrong.c_str());
    _policy.store(new FirewallPolicy(parsed, _otherwise, size_t(click_max_cpu_ids())), std::memory_order_release);
    _limits.set(per_source, half_open);
    make_table(0);
    return 0;
}

std::vector<std::string> MinionFirewall::own_counts() const
{
    static const char *const names[] = {
        "stateless", "aside", "rejections", "recycled", "flushed",
        "drop_denied", "drop_window", "drop_flags", "drop_source", "drop_half_open",
    };
    static_assert(sizeof(names) / sizeof(names[0]) == size_t(n_counts) - size_t(MinionBox::n_counts), "a word for every count");
    return std::vector<std::string>(names, names + sizeof(names) / sizeof(names[0]));
}

// A firewall translates nothing.
uint16_t MinionFirewall::owner_of(const mimi::FlowBinding &b) const
{
    return b.orig == b.xlat ? uint16_t(firewall_owner) : uint16_t(no_owner);
}

MinionFirewall::Outcome MinionFirewall::adopt(const mimi::FlowBinding &b, const mimi::BindingStore::Prepared &hashes, uint16_t owner,
                                              uint32_t now)
{
    const Table::Put done = _table->put(b, hashes, owner, now);
    if (done.outcome == Outcome::applied)
        done.record->tcp.reset();
    return done.outcome;
}

void MinionFirewall::take_state(Element *old_element, ErrorHandler *)
{
    MinionFirewall *old = take_table(old_element);
    if (!old)
        return;
    _policy.load(std::memory_order_relaxed)->take_hits(*old->_policy.load(std::memory_order_relaxed));
    _table->for_each(0, [this](Record &r) {
        r.half_open.store(false, std::memory_order_relaxed);
        if (_limits.any())
            _limits.flow_entered(r);
    });
}

CLICK_ENDDECLS
ELEMENT_PROVIDES(MinionFirewallSetup)
