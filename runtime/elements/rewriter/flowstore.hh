// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FLOWSTORE_HH
#define MIMI_FLOWSTORE_HH
#include <mimi/flowhash.hh>
#include <mimi/flowindex.hh>
#include <mimi/graceperiod.hh>
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>
#include "elements/flowbinding.hh"
#include "sequenceshift.hh"
#include "tournament.hh"

// The flows of one or several rewriters, found from both directions, and forgotten in the right order. Knows nothing of
// elements and packets. All times are milliseconds on one monotonic clock of the caller.
//
// Theory of operation
//
// A *record* is one flow: the tuple it came with, the tuple it leaves with, and 8 bytes of state. 32 bytes, two in a cache
// line, in slabs that never move. The *index* (mimi/flowindex.hh) has two entries for each record: the forward key (the
// tuple it came with) and the reply key (the tuple it leaves with, reversed). What many flows have in common is told once,
// in a *route*: the table, the protocol, the input whose specification made the flow, the two outputs. A *table* is a space
// of keys with its timeouts: one for each rewriter, two for one that tells TCP and UDP apart. Rewriters that share a
// capacity share a store.
//
//   (18.26.4.44:30 > 10.0.0.4:40) => (1.0.0.1:1024 > 10.0.0.4:40), input 0, outputs 0 and 1
//       index: 18.26.4.44:30 > 10.0.0.4:40 -> record 7 forward;  10.0.0.4:40 > 1.0.0.1:1024 -> record 7 reply
//
// A lookup costs one cache miss for the index and one for the record; a batch hides both (prefetch, peek, find).
//
// Expiry. A record knows when it expires; a packet only writes that word. There are no lists through the records. Instead a
// *chunk* of 64 records has a lower bound of the expiries in it, and a tournament tree knows the chunk with the smallest
// bound. A refresh makes an expiry later, so the bound stays true; the rare change to an earlier time lowers it. Who looks
// for the next flow to expire takes the chunk on top, looks at its 64 records, which makes the bound exact, and is done if
// the chunk is still on top. So the order is exact, at under a byte a flow.
//
// Guarantees. For a while after each packet a flow may not be evicted. A chunk whose smallest expiry is that of a guaranteed
// flow is *parked*: its bound becomes that of its flows without guarantee, and a second tree remembers when the first of the
// passed-over guarantees ends; then the bound is lowered again. One search looks at 1024 chunks at most, so that it never
// takes long: after a great many refreshes it may settle for the best of 65536 flows, and the next search knows more.
//
// Sequence numbers, for import and export, are kept from the first import or export on, beside the records. TCP sequence
// shifts are rare and kept in a map.
//
// Threads. find(), refresh() and reading a record may be done by any number of threads at any time, between two quiescent
// points (mimi/graceperiod.hh). Everything else is done with the lock held. A record that was erased is used again after
// its grace period.

namespace mimi {

struct FlowRecord {
    FlowTuple from;  // as the first packet came
    FlowTuple to;    // as it leaves
    std::atomic<uint32_t> expiry;  // low word of the time when it may be forgotten
    std::atomic<uint16_t> route;   // 0: not in use
    std::atomic<uint8_t> reply_anno;
    std::atomic<uint8_t> marks;

    // The protocol's marks are what the timeouts depend on.
    enum : uint8_t { protocol_marks = 15, guaranteed = 16, shifted = 32 };
    // TCP: which side has finished, which has sent data.
    enum : uint8_t { tcp_done_forward = 1, tcp_done_reply = 2, tcp_data_forward = 4, tcp_data_reply = 8 };
    // UDP: a reply was seen; twice the number of packets, up to three.
    enum : uint8_t { udp_replied = 1, udp_packet = 2, udp_packets = 6 };

    // The tuple of a packet of this flow when it leaves.
    FlowTuple outgoing(bool reply) const { return reply ? from.reversed() : to; }
    bool matches(bool reply, const FlowTuple &key) const
    {
        return reply ? to.saddr == key.daddr && to.daddr == key.saddr && to.sport == key.dport && to.dport == key.sport
                     : from == key;
    }
};
static_assert(sizeof(FlowRecord) == 32, "two records in a cache line");

struct FlowRoute {
    uint8_t table;
    uint8_t proto;
    uint16_t input;
    uint16_t foutput;
    uint16_t routput;
    bool operator==(const FlowRoute &o) const
    {
        return table == o.table && proto == o.proto && input == o.input && foutput == o.foutput && routput == o.routput;
    }
};

// How long a flow lives after a packet, by its marks, and how much of that is guaranteed.
struct FlowLifetimes {
    std::array<uint32_t, 16> timeout_ms = {};
    uint32_t guarantee_ms = 0;
};

class FlowStore {
  public:
    enum : uint32_t { most_tables = 255, most_routes = 65535 };
    typedef uint32_t Ref;  // number of a record times two, plus one for the reply direction; 0: none
    static uint32_t number(Ref ref) { return ref >> 1; }
    static bool is_reply(Ref ref) { return ref & 1; }

    FlowStore();
    ~FlowStore();
    FlowStore(const FlowStore &) = delete;
    FlowStore &operator=(const FlowStore &) = delete;

    std::mutex &lock() { return _lock; }

    // ---- tables and routes; 0 when there are too many
    uint8_t add_table(const FlowLifetimes &lifetimes);
    const FlowLifetimes &lifetimes(uint8_t table) const { return _tables[table]; }
    void set_lifetimes(uint8_t table, const FlowLifetimes &lifetimes) { _tables[table] = lifetimes; }
    uint16_t find_or_add_route(const FlowRoute &route);
    const FlowRoute &route(uint16_t number) const { return _routes[number]; }
    const FlowRoute &route_of(const FlowRecord &r) const { return _routes[r.route.load(std::memory_order_relaxed)]; }
    uint32_t route_count(uint16_t number) const { return _route_counts[number]; }
    uint32_t routes() const { return static_cast<uint32_t>(_route_counts.size()); }
    // Every flow of the route takes another one, of the same table.
    void change_route(uint16_t number, const FlowRoute &route) { _routes[number] = route; }

    // ---- lookup, without the lock
    uint32_t hash(uint8_t table, const FlowTuple &key) const
    {
        return _hash(key.saddr, key.daddr, key.sport, key.dport, table, 0);
    }
    void prefetch(uint32_t hash) const { _index.prefetch(hash); }
    // What find() will most likely say; asks for its record.
    Ref peek(uint32_t hash) const
    {
        const Ref ref = _index.peek(hash);
        if (ref)
            __builtin_prefetch(&at(number(ref)), 1);
        return ref;
    }
    Ref find(uint32_t hash, uint8_t table, const FlowTuple &key) const
    {
        return _index.find(hash, [&](uint32_t ref) { return is(ref, table, key); });
    }
    // Whether what peek() has said is right.
    bool is(Ref ref, uint8_t table, const FlowTuple &key) const
    {
        const FlowRecord &r = at(number(ref));
        return r.matches(is_reply(ref), key) && route_of(r).table == table;
    }
    Ref find(uint8_t table, const FlowTuple &key) const { return find(hash(table, key), table, key); }
    FlowRecord &at(uint32_t i) { return slab(i)[i & (slab_records - 1)]; }
    const FlowRecord &at(uint32_t i) const { return slab(i)[i & (slab_records - 1)]; }

    // A packet has passed: the protocol's marks were `seen`, and are `marks` after it.
    void refresh(uint32_t i, FlowRecord &r, uint8_t table, uint8_t seen, uint8_t marks, int64_t now)
    {
        const FlowLifetimes &t = _tables[table];
        const uint32_t before = r.expiry.load(std::memory_order_relaxed);
        const uint32_t expiry = static_cast<uint32_t>(now) + t.timeout_ms[marks & FlowRecord::protocol_marks];
        const uint8_t all = static_cast<uint8_t>(t.guarantee_ms ? marks | FlowRecord::guaranteed : marks);
        // Most packets tell nothing new. One that does must not undo what another thread has just noted.
        if (all != seen)
            change_marks(r, seen, all);
        const bool earlier = static_cast<int32_t>(expiry - before) < 0;
        // A thread whose idea of the present is a bit older has nothing to add.
        if (earlier && all == seen)
            return;
        r.expiry.store(expiry, std::memory_order_relaxed);
        if (earlier)
            hasten(i, now);
    }

    // ---- what follows needs the lock. The rewriters that use the store:
    std::vector<void *> &members() { return _members; }
    uint32_t size() const { return _size; }
    uint32_t capacity() const { return _capacity; }
    void set_capacity(uint32_t capacity) { _capacity = capacity; }
    uint64_t erasures() const { return _erasures; }
    size_t bytes() const;

    struct NewFlow {
        FlowTuple from, to;
        uint16_t route;
        uint8_t marks;
        uint8_t reply_anno;
        int64_t expiry;
    };
    // The number of the new record. Another flow with the same reply key leaves; so does the next to expire of those without
    // guarantee when the store is full. 0, and nothing changed: the forward key is taken, every flow is guaranteed, the new
    // one would be the next to expire, or there is no memory.
    uint32_t add(const NewFlow &flow, int64_t now);
    void erase(uint32_t i);
    void clear();
    // A flow's lifetime anew, without a packet.
    void set_expiry(uint32_t i, uint8_t marks, int64_t expiry, int64_t now);
    int64_t expiry(const FlowRecord &r, int64_t now) const
    {
        return now + static_cast<int32_t>(r.expiry.load(std::memory_order_relaxed) - static_cast<uint32_t>(now));
    }
    // Removes expired flows that are not guaranteed; looks at no more than `chunks` chunks. True: none is left.
    bool reap(int64_t now, size_t chunks);
    // Removes flows until no more than the capacity are left: those without guarantee first, in the order of expiry, then
    // those whose guarantee ends first.
    void shrink(int64_t now);

    // One past the largest number there is.
    uint32_t end() const { return _fresh; }
    // Calls visit(number, record) for every flow; it may erase it.
    template <class Visit> void for_each(Visit visit) { for_each(1, _fresh, visit); }
    template <class Visit> void for_each(uint32_t first, uint32_t end, Visit visit)
    {
        for (uint32_t i = first; i < end; ++i)
            if (at(i).route.load(std::memory_order_relaxed))
                visit(i, at(i));
    }

    // ---- sequence numbers
    bool numbered() const { return _numbered; }
    void keep_sequence_numbers() { _numbered = true; }
    // For a flow that is made now, by a clock of microseconds.
    uint64_t next_sequence(uint64_t clock_us) { return _last_sequence = std::max(clock_us, _last_sequence + 1); }
    uint64_t sequence(uint32_t i) const;
    void set_sequence(uint32_t i, uint64_t sequence);

    // ---- TCP sequence shifts; null: none
    SequenceShift *shift(uint32_t i);
    SequenceShift &make_shift(uint32_t i);

  private:
    enum : uint32_t {
        slab_bits = 16, slab_records = 1u << slab_bits, most_slabs = 1u << (31 - slab_bits),
        chunk_bits = 6, chunk_records = 1u << chunk_bits,
        search_limit = 1024, unpark_limit = 4096
    };
    static constexpr int64_t never = Tournament::never;
    struct Free {
        void operator()(void *p) const { std::free(p); }
    };
    struct Oldest {
        uint32_t number = 0;
        int64_t expiry = never;
    };
    typedef std::pair<uint32_t, uint32_t> Range;  // first, one past the last

    mutable std::mutex _lock;
    FlowHash _hash;
    FlowIndex _index;
    std::unique_ptr<std::atomic<FlowRecord *>[], Free> _slabs;  // most_slabs of them
    std::unique_ptr<FlowRoute[], Free> _routes;                 // most_routes + 1, memory that nobody touches costs nothing
    std::unique_ptr<FlowLifetimes[]> _tables;
    std::vector<uint32_t> _route_counts;
    uint32_t _n_tables = 0;
    uint32_t _capacity = 0x7fffffff;
    uint32_t _size = 0;
    uint32_t _fresh = 1;  // records from here on were never used; record 0 stands for none
    uint64_t _erasures = 0;
    std::deque<uint32_t> _free;
    std::vector<Range> _free_ranges;
    Retired<Range> _retired;
    Tournament _order;  // chunks by the lower bound of their expiries
    Tournament _parked; // chunks by the end of a guarantee that hides an earlier expiry
    std::vector<int64_t> _hidden;  // that expiry
    bool _numbered = false;
    uint64_t _last_sequence = 0;
    std::vector<void *> _members;
    std::vector<std::unique_ptr<uint64_t[], Free>> _sequences;  // by slab
    std::unordered_map<uint32_t, std::unique_ptr<SequenceShift>> _shifts;

    FlowRecord *slab(uint32_t i) const { return _slabs[i >> slab_bits].load(std::memory_order_acquire); }
    uint32_t allocate();
    uint32_t allocate_fresh();
    void release(uint32_t first, uint32_t end);
    bool make_room(const NewFlow &flow, bool guaranteed, int64_t now);
    bool insert_keys(uint32_t i, const FlowRecord &r, uint8_t table);
    void hasten(uint32_t i, int64_t now);
    static void change_marks(FlowRecord &r, uint8_t seen, uint8_t marks)
    {
        uint8_t now = seen;
        while (!r.marks.compare_exchange_weak(now, static_cast<uint8_t>((marks & ~FlowRecord::shifted)
                                                                        | ((marks | now) & FlowRecord::shifted)),
                                              std::memory_order_relaxed))
            ;
    }
    int64_t guaranteed_until(const FlowRecord &r, int64_t expiry) const;
    bool is_guaranteed(FlowRecord &r, int64_t expiry, int64_t now) const;
    Oldest examine(uint32_t chunk, int64_t now);
    Oldest next_to_expire(int64_t now);
    void unpark(int64_t now);
};

}  // namespace mimi
#endif
