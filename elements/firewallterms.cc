// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "firewallfamily.hh"
CLICK_DECLS

using mimi::FirewallPolicy;

FirewallTerms::FirewallTerms() : _policy(nullptr), _era(1), _last_heard_s(0) {}

FirewallTerms::~FirewallTerms()
{
    delete _policy.load(std::memory_order_relaxed);
    _old_policies.drain([](FirewallPolicy *p) { delete p; });
}

void FirewallTerms::set_policy(FirewallPolicy *policy)
{
    std::lock_guard<std::mutex> guard(_replacing);
    FirewallPolicy *old = _policy.load(std::memory_order_relaxed);
    if (old)
        policy->take_hits(*old);
    _policy.store(policy, std::memory_order_release);
    _old_policies.collect([](FirewallPolicy *p) { delete p; });
    if (old)
        _old_policies.push(old);
}

std::string FirewallTerms::policy_text()
{
    std::lock_guard<std::mutex> guard(_replacing);
    return policy()->text();
}

CLICK_ENDDECLS
ELEMENT_PROVIDES(FirewallTerms)
