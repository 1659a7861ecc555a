// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FLOWLIFE_HH
#define MIMI_FLOWLIFE_HH
#include "bindingrecord.hh"

// How packets move the state of their flow: as much of TCP as lifetimes need.

namespace mimi {

enum : uint8_t { flag_fin = 0x01, flag_syn = 0x02, flag_rst = 0x04, flag_ack = 0x10 };

// The flags of a record.
// unrewritten: its packets leave as they came. through: packets of it went through this box.
enum : uint16_t { fin_forward = 1, fin_reverse = 2, answered = 4, unrewritten = 8, through = BindingRecord::lasting_flags };

inline bool begins_tcp_flow(uint8_t tcp_flags)
{
    return (tcp_flags & (flag_syn | flag_ack | flag_rst | flag_fin)) == flag_syn;
}

inline bool is_ending(FlowState state)
{
    return state == FlowState::closing || state == FlowState::closed;
}

// The flags of a record that was imported: what we did not see is taken to have happened.
inline uint16_t adopted_flags(FlowState state)
{
    return uint16_t(answered | (state == FlowState::closing ? fin_forward : 0));
}

// A client alone cannot make a flow established: the backend must have answered.
inline uint32_t next_life(uint32_t life, Direction d, uint8_t tcp_flags)
{
    FlowState state = BindingRecord::state_of(life);
    uint16_t flags = BindingRecord::flags_of(life);
    if (tcp_flags & flag_rst) {
        state = FlowState::closed;
    } else if (tcp_flags & flag_fin) {
        flags = uint16_t(flags | (d == Direction::forward ? fin_forward : fin_reverse));
        const bool both = (flags & (fin_forward | fin_reverse)) == (fin_forward | fin_reverse);
        if (state != FlowState::closed)
            state = both ? FlowState::closed : FlowState::closing;
    } else if (state == FlowState::unknown) {
        state = tcp_flags & flag_syn ? FlowState::fresh : FlowState::established;
        flags = uint16_t(flags | (d == Direction::reverse ? answered : 0));
    } else if (state == FlowState::fresh) {
        if (d == Direction::reverse)
            flags = uint16_t(flags | answered);
        else if ((tcp_flags & (flag_syn | flag_ack)) == flag_ack && (flags & answered))
            state = FlowState::established;
    }
    return BindingRecord::make_life(state, flags);
}

// What a packet makes of its flow. Another packet may do the same on another thread.
template <class A> FlowState track(BindingRecordOf<A> &r, Direction d, uint8_t tcp_flags)
{
    uint32_t life = r.life.load(std::memory_order_relaxed);
    if (r.proto == mimi::proto_tcp)
        for (uint32_t next; (next = next_life(life, d, tcp_flags)) != life;)
            if (r.life.compare_exchange_weak(life, next, std::memory_order_relaxed))
                return BindingRecord::state_of(next);
    return BindingRecord::state_of(life);
}

// A packet of the flow goes through the box.
inline void mark_through(std::atomic<uint32_t> &life)
{
    const uint32_t mark = BindingRecord::make_life(FlowState::unknown, through);
    if (!(life.load(std::memory_order_relaxed) & mark))
        life.fetch_or(mark, std::memory_order_relaxed);
}

}  // namespace mimi
#endif
