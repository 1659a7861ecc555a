// SPDX-License-Identifier: Apache-2.0
// The rules of MinionFirewall while packets flow: replaced, shown, enforced on flows that have begun.
#include <click/config.h>
#include "minionfirewall.hh"
#include <click/error.hh>
#include <click/glue.hh>
#include <click/straccum.hh>
CLICK_DECLS

using mimi::FirewallPolicy;
using mimi::FirewallRule;

namespace {

String string_of(const std::string &text)
{
    return String(text.data(), int(text.size()));
}

}  // namespace

// The new policy is made beside the packets; those that are being judged finish with the old one.
int MinionFirewall::set_rules(const std::string &text, ErrorHandler *errh)
{
    std::vector<FirewallRule> rules;
    const std::string wrong = FirewallPolicy::parse(text, rules);
    if (!wrong.empty())
        return errh->error("%s", wrong.c_str());
    std::unique_ptr<FirewallPolicy> policy(new FirewallPolicy(rules, _otherwise, size_t(click_max_cpu_ids())));
    mimi::TableLock::Polite guard(_table->lock());
    FirewallPolicy *old = _policy.load(std::memory_order_relaxed);
    policy->take_hits(*old);
    _policy.store(policy.release(), std::memory_order_release);
    _old_policies.collect([](FirewallPolicy *p) { delete p; });
    _old_policies.push(old);
    return 0;
}

// Whether the flow could not begin now.
bool MinionFirewall::denies(const FirewallPolicy &policy, const Record &r) const
{
    mimi::RuleSubject s = mimi::RuleSubject();
    s.proto = r.proto;
    s.family = mimi::RuleFamily::ip4;
    s.source.low = ntohl(r.orig.saddr);
    s.destination.low = ntohl(r.orig.daddr);
    if (r.proto == mimi::proto_icmp) {
        s.destination_port = uint16_t(r.query_type.load(std::memory_order_relaxed) << 8);
    } else {
        s.source_port = ntohs(r.orig.sport);
        s.destination_port = ntohs(r.orig.dport);
    }
    const uint8_t known = r.side.load(std::memory_order_relaxed);
    for (uint8_t side : {uint8_t(FirewallRule::inside), uint8_t(FirewallRule::outside)}) {
        s.side = side;
        if ((known == 0 || known == side) && policy.judge(s) == mimi::RuleAction::allow)
            return false;
    }
    return true;
}

void MinionFirewall::flush_denied()
{
    const unsigned slice = 64;
    uint32_t place = 0;
    for (bool more = true; more;) {
        mimi::TableLock::Polite guard(_table->lock());
        const FirewallPolicy &policy = *_policy.load(std::memory_order_relaxed);
        more = _table->walk(place, slice, now_s(), [&](Record &r) {
            if (!denies(policy, r))
                return;
            _table->erase(&r);
            _counts.add_shared(flushed, 1);
        });
    }
}

String MinionFirewall::policy_text()
{
    mimi::TableLock::Polite guard(_table->lock());
    return string_of(_policy.load(std::memory_order_relaxed)->text());
}

String MinionFirewall::sources_text()
{
    reap();
    mimi::TableLock::Polite guard(_table->lock());
    return string_of(_limits.sources_text());
}

String MinionFirewall::read_handler(Element *e, void *thunk)
{
    MinionFirewall *fw = static_cast<MinionFirewall *>(e);
    return reinterpret_cast<intptr_t>(thunk) == h_rules ? fw->policy_text() : fw->sources_text();
}

int MinionFirewall::write_handler(const String &text, Element *e, void *thunk, ErrorHandler *errh)
{
    MinionFirewall *fw = static_cast<MinionFirewall *>(e);
    if (reinterpret_cast<intptr_t>(thunk) == h_rules)
        return fw->set_rules(std::string(text.data(), size_t(text.length())), errh);
    if (reinterpret_cast<intptr_t>(thunk) == h_relearn)
        fw->_era.fetch_add(1, std::memory_order_relaxed);
    else
        fw->flush_denied();
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
ELEMENT_PROVIDES(MinionFirewallRules)
