// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "carriedflows.hh"
#ifdef MIMI_RUNTIME
#include "flowlife.hh"
#include "minionbox.hh"
#include <algorithm>
CLICK_DECLS

using mimi::BindingRecord;
using mimi::Direction;
using mimi::FlowKey;
using mimi::FlowState;
using mimi::FlowTuple;
using mimi::WireFlow;

namespace {

FlowTuple tuple_of(const WireFlow &f)
{
    return FlowTuple{f.saddr, f.daddr, f.sport, f.dport};
}

WireFlow arriving_flow(const BindingRecord &r, Direction d)
{
    const FlowTuple t = d == Direction::forward ? r.orig : r.xlat.reversed();
    return WireFlow{t.saddr, t.daddr, t.sport, t.dport, r.proto, uint8_t(d)};
}

bool can_be_carried(const BindingRecord &r)
{
    const uint32_t life = r.life.load(std::memory_order_relaxed);
    if (r.deltas.load(std::memory_order_relaxed) != 0 || (BindingRecord::flags_of(life) & mimi::unrewritten))
        return false;
    if (r.proto != mimi::proto_tcp)
        return r.proto == mimi::proto_udp;
    const FlowState state = BindingRecord::state_of(life);
    return state == FlowState::established || state == FlowState::closing;
}

}  // namespace

void CarriedFlows::set_carrier(mimi::FlowCarrier *carrier)
{
    std::lock_guard<mimi::TableLock> guard(carried_lock());
    _carrier = carrier;
    _box._store->set_departures(carrier ? this : nullptr);
}

mimi::TableLock &CarriedFlows::carried_lock()
{
    return _box._store->lock();
}

uint32_t CarriedFlows::shortest_lifetime_s() const
{
    return std::min({_box._tcp_established_s, _box._tcp_transitory_s, _box._udp_s});
}

// What leaves as (a > b) is answered by (b > a), which leads to the record from the other side.
bool CarriedFlows::find_arriving(const WireFlow &leaving, WireFlow &arriving)
{
    const Direction d = Direction(leaving.side), back = d == Direction::forward ? Direction::reverse : Direction::forward;
    const FlowKey key = {tuple_of(leaving).reversed(), leaving.proto};
    const BindingRecord *r = _box._store->find_record(key, back, MinionBox::now_s());
    if (!r || !can_be_carried(*r))
        return false;
    arriving = arriving_flow(*r, d);
    return true;
}

bool CarriedFlows::note_carried(const WireFlow &arriving, uint64_t packets)
{
    const Direction d = Direction(arriving.side);
    const uint32_t now = MinionBox::now_s();
    BindingRecord *r = _box._store->find_record(FlowKey{tuple_of(arriving), arriving.proto}, d, now);
    if (!r)
        return false;
    _box.count_carried(*r, d, packets);
    _box._store->keep_alive(r, _box.lifetime(r->proto, r->state()), now);
    return can_be_carried(*r);
}

void CarriedFlows::flow_left(const BindingRecord &r)
{
    for (Direction d : {Direction::forward, Direction::reverse})
        if (const uint64_t packets = _carrier->forget(arriving_flow(r, d)))
            _box.count_carried(r, d, packets);
}

void CarriedFlows::hand_table_to(CarriedFlows &heir)
{
    if (_carrier) {
        std::lock_guard<mimi::TableLock> guard(carried_lock());
        _carrier->forget_all();
    }
    _carrier = nullptr;
    _box._store->set_departures(heir._carrier ? &heir : nullptr);
    heir._box._store->set_departures(nullptr);
}

void MinionBox::give_back_carried(MinionBox &old)
{
    old._carried->hand_table_to(*_carried);
}

CLICK_ENDDECLS
#endif
ELEMENT_PROVIDES(CarriedFlows)
