// SPDX-License-Identifier: Apache-2.0
// A firewall's arguments, its successor, and its rules while packets flow: replaced, shown, enforced on flows that have begun.
#include <click/config.h>
#include "minionfirewall.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/glue.hh>
CLICK_DECLS

using mimi::FirewallPolicy;
using mimi::RuleAction;

namespace {

String string_of(const std::string &text)
{
    return String(text.data(), int(text.size()));
}

}  // namespace

MinionFirewall::MinionFirewall() : _ip4(*this, _rules), _ip6(*this, _rules)
{
    use_families(_ip4, &_ip6);
}

MinionFirewall::~MinionFirewall() {}

void *MinionFirewall::cast(const char *name)
{
    return strcmp(name, "MinionFirewall") == 0 ? static_cast<void *>(this) : MinionBox::cast(name);
}

int MinionFirewall::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Vector<String> rules;
    String unknown = "drop", otherwise = "deny", mid_flow = "strict";
    uint32_t per_source = 0, half_open = 0, reject_rate = 1000;
    Args args(conf, this, errh);
    if (read_arguments(args.read_all("RULE", AnyArg(), rules)
                           .read("DEFAULT", WordArg(), otherwise)
                           .read("MID_FLOW", WordArg(), mid_flow)
                           .read("WINDOW", _rules.window)
                           .read("PER_SOURCE", per_source)
                           .read("HALF_OPEN", half_open)
                           .read("REJECT_RATE", reject_rate)
                           .read("ICMP", SecondsArg(), _terms.icmp_s),
                       unknown).complete() < 0)
        return -1;
    if (otherwise != "deny" && otherwise != "reject" && otherwise != "allow")
        return errh->error("DEFAULT: expected deny, reject or allow, found '%s'", otherwise.c_str());
    _rules.otherwise = otherwise == "deny" ? RuleAction::deny : otherwise == "reject" ? RuleAction::reject : RuleAction::allow;
    if (mid_flow != "strict" && mid_flow != "loose")
        return errh->error("MID_FLOW: expected strict or loose, found '%s'", mid_flow.c_str());
    _rules.loose = mid_flow == "loose";
    if (unknown == "pick")
        return errh->error("UNKNOWN: expected drop or reset, found 'pick'; MID_FLOW loose takes up unknown flows");
    if (reject_rate > mimi::AnswerBudget::rate_most)
        return errh->error("REJECT_RATE: expected a number of answers a second from 0 (no limit) to %u, found %u",
                           unsigned(mimi::AnswerBudget::rate_most), reject_rate);
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
    _rules.set_policy(new FirewallPolicy(parsed, _rules.otherwise, size_t(click_max_cpu_ids())));
    _ip4.begin_with(per_source, half_open);
    _ip6.begin_with(per_source, half_open);
    _rules.answers.set(reject_rate);
    make_counts(0);
    return 0;
}

std::vector<std::string> MinionFirewall::own_counts() const
{
    static const char *const names[] = {
        "stateless", "aside", "rejections", "recycled", "flushed",
        "drop_denied", "drop_window", "drop_flags", "drop_source", "drop_half_open", "drop_unanswered",
    };
    static_assert(sizeof(names) / sizeof(names[0]) == size_t(n_counts) - size_t(MinionBox::n_counts), "a word for every count");
    return std::vector<std::string>(names, names + sizeof(names) / sizeof(names[0]));
}

void MinionFirewall::take_state(Element *old_element, ErrorHandler *)
{
    MinionFirewall *old = static_cast<MinionFirewall *>(old_element->cast("MinionFirewall"));
    if (!old || !succeed(*old))
        return;
    old->_rules.with_policy([this](const FirewallPolicy &before) { _rules.policy()->take_hits(before); });
    _ip4.succeed(old->_ip4);
    _ip6.succeed(old->_ip6);
}

// The new policy is made beside the packets; those that are being judged finish with the old one.
int MinionFirewall::set_rules(const std::string &text, ErrorHandler *errh)
{
    std::vector<mimi::FirewallRule> rules;
    const std::string wrong = FirewallPolicy::parse(text, rules);
    if (!wrong.empty())
        return errh->error("%s", wrong.c_str());
    _rules.set_policy(new FirewallPolicy(rules, _rules.otherwise, size_t(click_max_cpu_ids())));
    return 0;
}

String MinionFirewall::sources_text()
{
    reap();
    return string_of(_ip4.sources_text() + _ip6.sources_text());
}

String MinionFirewall::read_handler(Element *e, void *thunk)
{
    MinionFirewall *fw = static_cast<MinionFirewall *>(e);
    return reinterpret_cast<intptr_t>(thunk) == h_rules ? string_of(fw->_rules.policy_text()) : fw->sources_text();
}

int MinionFirewall::write_handler(const String &text, Element *e, void *thunk, ErrorHandler *errh)
{
    MinionFirewall *fw = static_cast<MinionFirewall *>(e);
    switch (reinterpret_cast<intptr_t>(thunk)) {
    case h_rules:
        return fw->set_rules(std::string(text.data(), size_t(text.length())), errh);
    case h_relearn:
        fw->_rules.begin_era();
        return 0;
    }
    fw->_ip4.flush_denied();
    fw->_ip6.flush_denied();
    return 0;
}

void MinionFirewall::add_handlers()
{
    const uint32_t beside = Handler::f_nonexclusive | Handler::f_expensive;
    MinionBox::add_handlers();
    add_read_handler("rules", read_handler, h_rules, beside);
    add_write_handler("rules", write_handler, h_rules, beside);
    add_write_handler("flush_denied", write_handler, h_flush_denied, Handler::f_button | beside);
    add_write_handler("relearn", write_handler, h_relearn, Handler::f_button | beside);
    add_read_handler("sources", read_handler, h_sources, beside);
}

CLICK_ENDDECLS
EXPORT_ELEMENT(MinionFirewall)
ELEMENT_REQUIRES(FirewallFamily MinionBox)
