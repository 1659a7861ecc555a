// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BINDINGRECORD_HH
#define MIMI_BINDINGRECORD_HH
#include <atomic>
#include <cstdint>
#include "flowbinding.hh"

// One binding as a table keeps it: one cache line for IPv4, two for IPv6. A middlebox that must know more of a flow derives its records from it.
//
// Packets read it without a lock while a writer may change it. The tuples and the protocol are written before the record can
// be found, and stay until nobody can hold it any more; the rest is words that are read and written whole. Two packets of a
// flow that change its state at the same time on two threads: each says what it saw and what it makes of it, and the second
// looks again.

namespace mimi {

template <class A> struct alignas(64) BindingRecordOf {
    typedef A Address;

    FlowTupleOf<A> orig;
    FlowTupleOf<A> xlat;
    std::atomic<uint64_t> seq;
    std::atomic<uint64_t> deltas;    // forward in the lower half
    std::atomic<uint32_t> deadline;  // the last second in which the record is alive
    std::atomic<uint32_t> life;      // state in the lower half, the owner's flags in the upper
    uint32_t next;                   // the writers': wheel, or free list
    uint32_t prev;                   // the writers': wheel; 0: first of its bucket
    uint16_t bucket;                 // the writers'
    std::atomic<uint16_t> tag;       // the owner's
    uint8_t proto;
    bool digested;                   // the writers': counted in the table's digest

    enum : uint16_t { no_bucket = 0xffff };  // not in use
    // Of the owner's flags, what a newer binding with the same translation does not take away.
    enum : uint16_t { lasting_flags = 16 };

    FlowKeyOf<A> key() const { return FlowKeyOf<A>{orig, proto}; }
    FlowKeyOf<A> reply_key() const { return FlowKeyOf<A>{xlat.reversed(), proto}; }
    // The tuple that a packet of this direction carries when it leaves.
    FlowTupleOf<A> outgoing(Direction d) const { return d == Direction::forward ? xlat : orig.reversed(); }
    bool has_key(const FlowKeyOf<A> &k, Direction d) const
    {
        return proto == k.proto && (d == Direction::forward ? orig == k.tuple : xlat.reversed() == k.tuple);
    }

    static uint32_t make_life(FlowState state, uint16_t flags) { return uint32_t(state) | (uint32_t(flags) << 16); }
    static FlowState state_of(uint32_t life) { return FlowState(life & 0xff); }
    static uint16_t flags_of(uint32_t life) { return uint16_t(life >> 16); }
    FlowState state() const { return state_of(life.load(std::memory_order_relaxed)); }

    bool alive(uint32_t now) const { return deadline.load(std::memory_order_relaxed) >= now; }

    // Its value; what is left of its life counted from `now`.
    FlowBindingOf<A> binding(uint32_t now = 0) const
    {
        const uint64_t d = deltas.load(std::memory_order_relaxed);
        const uint32_t l = life.load(std::memory_order_relaxed), end = deadline.load(std::memory_order_relaxed);
        FlowBindingOf<A> b;
        b.seq = seq.load(std::memory_order_relaxed);
        b.orig = orig;
        b.xlat = xlat;
        b.delta_fwd = int32_t(uint32_t(d));
        b.delta_rev = int32_t(uint32_t(d >> 32));
        b.lifetime_s = end > now ? end - now : 0;
        b.proto = proto;
        b.state = state_of(l);
        b.flags = flags_of(l);
        return b;
    }
    // A record of a derived class makes its own part new here, before the record can be found.
    void adopt(const FlowBindingOf<A> &) {}

    // Everything that may change while the record can be found.
    void set_words(const FlowBindingOf<A> &b, uint16_t owner_tag, uint32_t now)
    {
        seq.store(b.seq, std::memory_order_relaxed);
        deltas.store(uint64_t(uint32_t(b.delta_fwd)) | (uint64_t(uint32_t(b.delta_rev)) << 32), std::memory_order_relaxed);
        life.store(make_life(b.state, b.flags), std::memory_order_relaxed);
        deadline.store(now + b.lifetime_s, std::memory_order_relaxed);
        tag.store(owner_tag, std::memory_order_relaxed);
    }
};
typedef BindingRecordOf<uint32_t> BindingRecord;
typedef BindingRecordOf<Address6> BindingRecord6;
static_assert(sizeof(BindingRecord) == 64, "one cache line");
static_assert(sizeof(BindingRecord6) == 128, "two cache lines, and none of a third");

}  // namespace mimi
#endif
