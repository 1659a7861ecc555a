// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_TRANSLATORFAMILY_HH
#define MIMI_TRANSLATORFAMILY_HH
#include "boxpath.hh"
#include "natmappings.hh"
#include "natrules.hh"
#include "portpool.hh"
CLICK_DECLS

// What MinionNAT does with packets (minionnat.hh has the theory): its only family, IPv4's.
class TranslatorFamily final : public BoxPath<TranslatorFamily, mimi::BindingRecord>, private mimi::FlowWatch {
  public:
    // What the arguments say besides the rules.
    struct Policy {
        mimi::Dependence mapping = mimi::Dependence::none;
        mimi::Dependence filtering = mimi::Dependence::address_and_port;
        bool paired = true;
        bool preservation = true;
        bool parity = true;
        bool hairpinning = true;
    };

    explicit TranslatorFamily(MinionBox &box);
    ~TranslatorFamily();

    // Before packets flow: rules, which must be checked, then the rest.
    mimi::NatRules &rules() { return _rules; }
    void begin_with(const Policy &policy);
    // Flows that the arguments do not allow are over; mappings are made anew from those that go on.
    void succeed(TranslatorFamily &old);

    String mappings_text();
    String pools_text();

    // A hairpin comes in and leaves on the same side, and is counted besides.
    bool carries() const { return true; }
    bool begins_on_either_side() const { return true; }
    int carried_side(const mimi::BindingRecord &r, mimi::Direction d) const;
    uint32_t carried_lifetime(const mimi::BindingRecord &r) const { return lifetime(r.proto, r.state()); }

  protected:
    uint16_t owner_of(const mimi::FlowBinding &b) const;
    size_t own_bytes() const { return _mappings->bytes() + _ports.bytes(); }
    mimi::FlowWatch *watch() { return this; }
    Outcome adopt(const mimi::FlowBinding &b, const Prepared &hashes, uint16_t owner, uint32_t now);

  private:
    friend class BoxPath<TranslatorFamily, mimi::BindingRecord>;
    enum { two_sided = 1, queries = 1 };
    enum Tag : uint16_t { initiator_inside = 1, responder_inside = 2 };

    mimi::NatRules _rules;
    Policy _policy;
    std::unique_ptr<mimi::NatMappings> _mappings;  // these under the table's lock
    mimi::PortPool _ports;
    uint32_t _entering = 0;  // the mapping that is held for the binding that is being put

    uint32_t lifetime(uint8_t proto, mimi::FlowState state) const
    {
        return terms().lifetime(proto, state == mimi::FlowState::closing ? mimi::FlowState::established : state);
    }
    // Where a packet of that direction comes from and goes to: 0 the inside, as inputs; 1 the inside, as outputs.
    static bool from_inside(uint16_t tag, mimi::Direction d)
    {
        return (tag & (d == mimi::Direction::forward ? initiator_inside : responder_inside)) != 0;
    }
    static int output_of(uint16_t tag, mimi::Direction d)
    {
        return (tag & (d == mimi::Direction::forward ? responder_inside : initiator_inside)) ? 1 : 0;
    }

    // What BoxPath asks for.
    int handle_flow(const Group &g, Item &item, Record *r);
    int handle_miss(const Group &g, Item &item, Record *ended);
    int handle_icmp_error(const Group &g, Item &item, Record *r);
    int rewrite(const Group &g, Item &item, Record *r);
    bool restarts(const Group &g, const Item &item, const Record &r) const;
    bool begin(const Group &g, Item &item, uint64_t clock, const Record *before, mimi::FlowBinding &b, uint16_t &tag);
    void foresee(const Item &item) const;
    bool settle(const Group &g, Item &item, mimi::FlowBinding &b, Prepared &hashes, uint16_t &tag);
    void begun(const Group &g, Item &item, Record *r);
    bool is_own_fragment(const Group &g, const Item &item) const;

    bool begin_outbound(const Group &g, Item &item, mimi::FlowBinding &b);
    bool begin_inbound(const Group &g, Item &item, mimi::FlowBinding &b) const;
    bool admits(uint8_t proto, const mimi::Endpoint &outside, const mimi::Endpoint &remote, mimi::Endpoint &inside) const;
    bool choose_outside(uint8_t proto, const mimi::Endpoint &inside, mimi::Endpoint &outside);
    void release(Item &item);
    static bool begins_flow(const mimi::PacketView &view);

    void flow_entered(mimi::BindingRecord &r);
    void flow_left(const mimi::BindingRecord &r);
    void enter(uint8_t proto, const mimi::Endpoint &inside, const mimi::Endpoint &outside, const mimi::Endpoint &remote);
    void leave(uint8_t proto, const mimi::Endpoint &inside, const mimi::Endpoint &outside, const mimi::Endpoint &remote);
};

CLICK_ENDDECLS
#endif
