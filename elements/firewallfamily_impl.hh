// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FIREWALLFAMILY_IMPL_HH
#define MIMI_FIREWALLFAMILY_IMPL_HH
#include "firewallfamily.hh"
#include "minionfirewall.hh"
#include <click/glue.hh>
CLICK_DECLS

// The life of a firewall's family and what handlers ask of it, away from the packet path; for the one source that instantiates it.

namespace firewallfamily {

inline mimi::WideAddress wide(uint32_t addr)
{
    return mimi::WideAddress{0, ntohl(addr)};
}

inline mimi::WideAddress wide(const mimi::Address6 &a)
{
    return mimi::WideAddress{(uint64_t(ntohl(a.word[0])) << 32) | ntohl(a.word[1]), (uint64_t(ntohl(a.word[2])) << 32) | ntohl(a.word[3])};
}

template <class A> inline void set_ends(mimi::RuleSubject &s, const A &source, const A &destination)
{
    s.family = mimi::AddressFamily<A>::version == 4 ? mimi::RuleFamily::ip4 : mimi::RuleFamily::ip6;
    s.source = wide(source);
    s.destination = wide(destination);
}

}  // namespace firewallfamily

template <class A> void FirewallFamily<A>::succeed(FirewallFamily &old)
{
    this->take_table(old);
    this->_table->for_each(0, [this](Record &r) {
        r.half_open.store(false, std::memory_order_relaxed);
        if (_limits.any())
            _limits.flow_entered(r);
    });
}

// A firewall translates nothing.
template <class A> uint16_t FirewallFamily<A>::owner_of(const Binding &b) const
{
    return b.orig == b.xlat ? uint16_t(firewall_owner) : uint16_t(MinionBox::no_owner);
}

template <class A>
typename FirewallFamily<A>::Outcome FirewallFamily<A>::adopt(const Binding &b, const Prepared &hashes, uint16_t owner, uint32_t now)
{
    const typename Path::Table::Put done = this->_table->put(b, hashes, owner, now);
    if (done.outcome == Outcome::applied)
        done.record->tcp.reset();
    return done.outcome;
}

// Whether the flow could not begin now.
template <class A> bool FirewallFamily<A>::denies(const mimi::FirewallPolicy &policy, const Record &r) const
{
    mimi::RuleSubject s = mimi::RuleSubject();
    s.proto = r.proto;
    firewallfamily::set_ends(s, r.orig.saddr, r.orig.daddr);
    if (r.proto == mimi::proto_icmp || r.proto == mimi::proto_icmp6) {
        s.destination_port = uint16_t(r.query_type.load(std::memory_order_relaxed) << 8);
    } else {
        s.source_port = ntohs(r.orig.sport);
        s.destination_port = ntohs(r.orig.dport);
    }
    const uint8_t known = r.side.load(std::memory_order_relaxed);
    for (uint8_t side : {uint8_t(mimi::FirewallRule::inside), uint8_t(mimi::FirewallRule::outside)}) {
        s.side = side;
        if ((known == 0 || known == side) && policy.judge(s) == mimi::RuleAction::allow)
            return false;
    }
    return true;
}

template <class A> void FirewallFamily<A>::flush_denied()
{
    const unsigned slice = 64;
    uint32_t place = 0;
    for (bool more = true; more;)
        _rules.with_policy([&](const mimi::FirewallPolicy &policy) {
            mimi::TableLock::Polite guard(this->_table->lock());
            more = this->_table->walk(place, slice, MinionBox::now_s(), [&](Record &r) {
                if (!denies(policy, r))
                    return;
                this->_table->erase(&r);
                this->_box.counts().add_shared(MinionFirewall::flushed, 1);
            });
        });
}

template <class A> std::string FirewallFamily<A>::sources_text()
{
    mimi::TableLock::Polite guard(this->_table->lock());
    return _limits.sources_text();
}

CLICK_ENDDECLS
#endif
