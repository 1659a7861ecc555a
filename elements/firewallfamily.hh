// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FIREWALLFAMILY_HH
#define MIMI_FIREWALLFAMILY_HH
#include "answerbudget.hh"
#include "boxpath.hh"
#include "firewallpolicy.hh"
#include "firewallrecord.hh"
#include "flowlimits.hh"
#include <mimi/graceperiod.hh>
#include <mutex>
CLICK_DECLS

// What the families of a firewall have in common: its rules, and what it knows of its own past.
class FirewallTerms {
  public:
    FirewallTerms();
    ~FirewallTerms();

    mimi::RuleAction otherwise = mimi::RuleAction::deny;
    bool loose = false;
    bool window = true;
    mimi::AnswerBudget answers;  // to rejected packets

    // The rules in force. They may be replaced at any time, and live as long as a packet may be judged by them.
    mimi::FirewallPolicy *policy() const { return _policy.load(std::memory_order_acquire); }
    // Takes what is `new`. Rules that stand in both keep their counts.
    void set_policy(mimi::FirewallPolicy *policy);
    std::string policy_text();
    // Calls f(policy) while it cannot be replaced.
    template <class F> void with_policy(F f)
    {
        std::lock_guard<std::mutex> guard(_replacing);
        f(*policy());
    }

    // What is learned of sequence numbers belongs to an era, which is never 0. A new one begins on demand, and when no packet has come
    // for a while. Two threads that notice at the same time begin two.
    uint32_t era() const { return _era.load(std::memory_order_relaxed); }
    void begin_era() { _era.fetch_add(1, std::memory_order_relaxed); }
    void hear(uint32_t now)
    {
        const uint32_t last = _last_heard_s.load(std::memory_order_relaxed);
        if (last == now)
            return;
        _last_heard_s.store(now, std::memory_order_relaxed);
        if (last != 0 && now - last >= silence_s && now > last)
            begin_era();
    }

  private:
    enum : uint32_t { silence_s = 30 };
    std::atomic<mimi::FirewallPolicy *> _policy;
    mimi::Retired<mimi::FirewallPolicy *> _old_policies;
    std::mutex _replacing;
    std::atomic<uint32_t> _era;
    std::atomic<uint32_t> _last_heard_s;
};

// What MinionFirewall does with packets of one version of IP (minionfirewall.hh has the theory).
template <class A> class FirewallFamily final : public BoxPath<FirewallFamily<A>, mimi::FirewallRecordOf<A>> {
  public:
    typedef BoxPath<FirewallFamily<A>, mimi::FirewallRecordOf<A>> Path;
    typedef typename Path::Record Record;
    typedef typename Path::Binding Binding;
    typedef typename Path::Prepared Prepared;
    typedef typename Path::Outcome Outcome;
    typedef typename Path::View View;
    typedef MinionBox::Group Group;

    FirewallFamily(MinionBox &box, FirewallTerms &terms) : Path(box), _rules(terms) {}

    // Before packets flow. 0: no limit.
    void begin_with(uint32_t per_source, uint32_t half_open)
    {
        _limits.set(per_source, half_open);
        this->make_table();
    }
    void succeed(FirewallFamily &old);

    // Flows that could not begin now are over.
    void flush_denied();
    std::string sources_text();

  protected:
    uint16_t owner_of(const Binding &b) const;
    Outcome adopt(const Binding &b, const Prepared &hashes, uint16_t owner, uint32_t now);
    mimi::FlowWatchOf<A> *watch() { return _limits.any() ? &_limits : nullptr; }

  private:
    typedef typename Path::Item Item;
    friend Path;
    enum { two_sided = 1, queries = 1, firewall_owner = 0 };

    FirewallTerms &_rules;
    mimi::FlowLimitsOf<A> _limits;

    // What BoxPath asks for.
    int handle_flow(const Group &g, Item &item, Record *r);
    int handle_miss(const Group &g, Item &item, Record *ended);
    int handle_icmp_error(const Group &g, Item &item, Record *r);
    int handle_fragment(const Group &g, Item &item) const;
    int handle_other(const Group &g, Item &item);
    int rewrite(const Group &g, Item &item, Record *r);
    bool begin(const Group &g, Item &item, uint64_t clock, const Record *before, Binding &b, uint16_t &owner);
    void begun(const Group &g, Item &item, Record *r);
    bool restarts(const Group &g, const Item &item, const Record &r) const;
    bool is_own_error(const Group &, const Item &) const { return true; }
    bool is_own_fragment(const Group &, const Item &) const { return true; }

    static mimi::RuleSubject subject_of(const Group &g, const Item &item);
    mimi::RuleAction meet(const Group &g, const Item &item) const;
    // Before a packet of the flow is judged: what was learned in an earlier era says nothing now.
    void note_era(Record *r)
    {
        const uint32_t era = _rules.era();
        if (r->era.load(std::memory_order_relaxed) == era)
            return;
        r->tcp.reset();
        r->era.store(era, std::memory_order_relaxed);
    }
    bool witness_tcp(const Group &g, Item &item, Record *r, int &to);
    bool witness_query(const Group &g, Item &item, const Record *r, int &to);
    // A connection that one side has closed may still carry a long answer: it lives like one that is open (RFC 5382, REQ-5).
    uint32_t lifetime(uint8_t proto, mimi::FlowState state) const
    {
        return this->terms().lifetime(proto, state == mimi::FlowState::closing ? mimi::FlowState::established : state);
    }
    int leave(const Group &g, Item &item);
    int refuse(const Group &g, Item &item, mimi::RuleAction action);
    int send_aside(const Group &g, Item &item, const Record &r);
    int bear(const Group &g, Item &item, Record *r);
    bool shift(const Group &g, Item &item, const Record &r) const;
    bool denies(const mimi::FirewallPolicy &policy, const Record &r) const;
};

CLICK_ENDDECLS
#endif
