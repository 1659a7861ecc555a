// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "carriedflows.hh"
#ifdef MIMI_RUNTIME
#include "flowlife.hh"
#include "boxfamily.hh"
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

FlowKey key_of(const WireFlow &f)
{
    return FlowKey{tuple_of(f), f.proto};
}

Direction other(Direction d)
{
    return d == Direction::forward ? Direction::reverse : Direction::forward;
}

FlowTuple arriving_tuple(const BindingRecord &r, Direction d)
{
    return d == Direction::forward ? r.orig : r.xlat.reversed();
}

// Only what went through the box before: a gate that drains leaves all else to the primary, and it does not see what is carried.
bool can_be_carried(const BindingRecord &r)
{
    const uint32_t life = r.life.load(std::memory_order_relaxed), flags = BindingRecord::flags_of(life);
    if (r.deltas.load(std::memory_order_relaxed) != 0 || (flags & mimi::unrewritten) || !(flags & mimi::through))
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
    _family.store()->set_departures(carrier ? this : nullptr);
}

mimi::TableLock &CarriedFlows::carried_lock()
{
    return _family.store()->lock();
}

uint32_t CarriedFlows::shortest_lifetime_s() const
{
    const MinionBox::Terms &t = _family.terms();
    return std::min({t.tcp_established_s, t.tcp_transitory_s, t.udp_s});
}

WireFlow CarriedFlows::arriving_flow(const BindingRecord &r, Direction d) const
{
    const FlowTuple t = arriving_tuple(r, d);
    return WireFlow{t.saddr, t.daddr, t.sport, t.dport, r.proto, uint8_t(_family.carried_side(r, d))};
}

// Where a flow's own direction is not that of its packets' input, the more likely one is tried first.
BindingRecord *CarriedFlows::find(const FlowKey &key, uint8_t side, bool leaving, Direction &d) const
{
    const uint32_t now = MinionBox::now_s();
    for (Direction guess : {Direction(side), other(Direction(side))}) {
        BindingRecord *r = _family.store()->find_record(key, leaving ? other(guess) : guess, now);
        d = guess;
        if (r && _family.carried_side(*r, guess) == side)
            return r;
        if (!_family.begins_on_either_side())
            break;
    }
    return nullptr;
}

// Another flow begins with what this one's replies look like: the box takes them for the other's.
bool CarriedFlows::is_hidden(const BindingRecord &r, Direction d) const
{
    return d == Direction::reverse && _family.begins_on_either_side()
        && _family.store()->find_record(FlowKey{arriving_tuple(r, d), r.proto}, Direction::forward, MinionBox::now_s());
}

// What leaves as (a > b) is answered by (b > a), which leads to the record from the other side.
bool CarriedFlows::find_arriving(const WireFlow &leaving, WireFlow &arriving)
{
    Direction d;
    const BindingRecord *r = find(FlowKey{tuple_of(leaving).reversed(), leaving.proto}, leaving.side, true, d);
    if (!r || !can_be_carried(*r) || is_hidden(*r, d))
        return false;
    arriving = arriving_flow(*r, d);
    return true;
}

bool CarriedFlows::note_carried(const WireFlow &arriving, uint64_t packets)
{
    Direction d;
    BindingRecord *r = find(key_of(arriving), arriving.side, false, d);
    if (!r)
        return false;
    _family.count_carried(*r, d, packets);
    _family.store()->keep_alive(r, _family.carried_lifetime(*r), MinionBox::now_s());
    return can_be_carried(*r);
}

void CarriedFlows::forget(const BindingRecord &r, Direction d)
{
    if (_family.carried_side(r, d) < 0)
        return;
    if (const uint64_t packets = _carrier->forget(arriving_flow(r, d)))
        _family.count_carried(r, d, packets);
}

void CarriedFlows::flow_left(const BindingRecord &r)
{
    for (Direction d : {Direction::forward, Direction::reverse})
        forget(r, d);
}

void CarriedFlows::make_way_for(const mimi::FlowBinding &b)
{
    if (!_carrier)
        return;
    if (const BindingRecord *r = _family.store()->find_record(b.key(), Direction::reverse, MinionBox::now_s()))
        forget(*r, Direction::reverse);
}

void CarriedFlows::hand_table_to(CarriedFlows &heir)
{
    if (_carrier) {
        std::lock_guard<mimi::TableLock> guard(carried_lock());
        _carrier->forget_all();
    }
    _carrier = nullptr;
    _family.store()->set_departures(heir._carrier ? &heir : nullptr);
    heir._family.store()->set_departures(nullptr);
}

CLICK_ENDDECLS
#endif
ELEMENT_PROVIDES(CarriedFlows)
