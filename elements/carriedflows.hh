// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_CARRIEDFLOWS_HH
#define MIMI_CARRIEDFLOWS_HH
#include <click/config.h>
#ifdef MIMI_RUNTIME
#include <mimi/flowcarrier.hh>
#include "bindingtable.hh"
CLICK_DECLS
template <class A> class BoxFamilyOf;

// A box as the owner of flows that somebody else carries: its IPv4 family. An established flow whose numbers are not shifted can be carried: its
// packets need nothing but another tuple. The carrier's counts become the box's, and keep the bindings alive.
class CarriedFlows final : public mimi::FlowOwner, private mimi::FlowWatch {
  public:
    explicit CarriedFlows(BoxFamilyOf<uint32_t> &family) : _family(family) {}

    void set_carrier(mimi::FlowCarrier *carrier) override;
    mimi::TableLock &carried_lock() override;
    uint32_t shortest_lifetime_s() const override;
    bool find_arriving(const mimi::WireFlow &leaving, mimi::WireFlow &arriving) override;
    bool note_carried(const mimi::WireFlow &arriving, uint64_t packets) override;

    // Our table is about to be that of `heir`: what is carried of it comes back.
    void hand_table_to(CarriedFlows &heir);
    // A binding is about to be put whose first packet looks like the replies of another flow: those are the new one's from now on.
    void make_way_for(const mimi::FlowBinding &b);

  private:
    BoxFamilyOf<uint32_t> &_family;
    mimi::FlowCarrier *_carrier = nullptr;

    // The record, and its direction, of what arrives or leaves like this by the way of the packets of input `side`.
    mimi::BindingRecord *find(const mimi::FlowKey &key, uint8_t side, bool leaving, mimi::Direction &d) const;
    mimi::WireFlow arriving_flow(const mimi::BindingRecord &r, mimi::Direction d) const;
    bool is_hidden(const mimi::BindingRecord &r, mimi::Direction d) const;
    void forget(const mimi::BindingRecord &r, mimi::Direction d);
    void flow_entered(mimi::BindingRecord &) override {}
    void flow_left(const mimi::BindingRecord &record) override;
};

CLICK_ENDDECLS
#endif
#endif
