// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BINDINGTABLE_HH
#define MIMI_BINDINGTABLE_HH
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>
#include <mimi/flowhash.hh>
#include <mimi/flowindex.hh>
#include "flowbinding.hh"

// The bindings of a middlebox, found from both directions. Knows nothing of elements, packets or clocks.
//
// Theory of operation
//
// A *record* is one binding and its bookkeeping: 64 bytes, one cache line, in chunks that never move. The *index*
// (mimi/flowindex.hh) has two entries for each record: the hash of its original tuple and the hash of its reply key, the
// translated tuple reversed. The hash is keyed with random secrets: someone who chooses addresses and ports cannot choose
// slots. A lookup costs one cache miss for the index and one for the record; a batch hides both by calling probe() for all
// of its packets, then peek() for all, then find().
//
// Newest wins. put() compares sequence numbers: a record that is older than what the table holds for the same flow is
// stale, an equal one changes nothing. Two flows can be translated to the same tuple (two clients behind a primary that
// rewrites sources, or a log that tells of a port's next user before the end of the last one); then the reply key can only
// lead to one of them. The newer flow stays; the loser leaves both directions, and is counted.
//
//   A = put 10 tcp c:1 v:80 c:1 b:80       index: fwd(c:1>v:80) -> A, rev(b:80>c:1) -> A
//   B = put 11 tcp c:1 w:80 c:1 b:80       the same reply key, newer: A leaves, fwd(c:1>w:80) -> B, rev(b:80>c:1) -> B
//   A again                                its reply key belongs to B, which is newer: refused as stale
//
// Expiry. A wheel of 4096 one-second buckets, doubly linked through the records. A record waits in the bucket of its
// deadline, or 4095 s ahead if that is later. Moving a deadline back, which every packet does, only writes the record;
// when its bucket comes up a record that is not due moves on. So the cost per record and refresh is constant, there is no
// heap, and expire() can be given a budget. An expired record is never found, reaped or not.
//
// Threads. One writer, and readers in the writer's thread. For an import beside the packet path (planned): the shards are
// the index's segments; the writer bumps a per-segment sequence counter around each change, readers retry on an odd or
// changed counter, and chunks are never freed while readers run, so that a stale reference reads a wrong record, which the
// comparison of keys rejects, never unmapped memory.

namespace mimi {

class BindingTable {
  public:
    // What became of one update. `refused`: the table is full, or out of memory.
    enum class Outcome : uint8_t { applied, unchanged, stale, refused, removed };

    struct Record {
        FlowBinding binding;
        uint32_t deadline;  // the last second in which the record is alive
        uint32_t next;      // wheel, or free list
        uint32_t prev;      // wheel; 0: first of its bucket
        uint16_t bucket;
        uint16_t tag;       // the owner's
    };
    static_assert(sizeof(Record) == 64, "one cache line");

    struct Put {
        Outcome outcome;
        Record *record;  // null unless applied or unchanged
    };

    // A hashed key: the result of probe(), good until the key changes.
    struct Probe {
        uint32_t hash;
        FlowKey key;
        Direction direction;
    };

    // All times are seconds on one monotonic clock of the caller.
    explicit BindingTable(uint32_t capacity);
    BindingTable(const BindingTable &) = delete;
    BindingTable &operator=(const BindingTable &) = delete;

    uint32_t size() const { return _size; }
    uint32_t capacity() const { return _capacity; }
    void set_capacity(uint32_t capacity) { _capacity = capacity; }
    uint64_t digest() const { return _digest; }
    uint64_t expired() const { return _expired; }
    uint64_t collisions() const { return _collisions; }
    size_t bytes() const;

    Probe probe(const FlowKey &key, Direction direction) const  // hashes; prefetches the index
    {
        Probe p = {hash(key, direction), key, direction};
        _index.prefetch(p.hash);
        return p;
    }
    void peek(const Probe &p) const;  // prefetches the record
    Record *find(const Probe &p, uint32_t now);
    Record *find(const FlowKey &key, Direction direction, uint32_t now)
    {
        return find(Probe{hash(key, direction), key, direction}, now);
    }

    // The record lives for binding.lifetime_s from now.
    Put put(const FlowBinding &binding, uint16_t tag, uint32_t now);
    // unchanged: not there; stale: what is there is newer than seq.
    Outcome remove(const FlowKey &key, uint64_t seq, uint32_t now);
    void erase(Record *record);
    void clear();

    // Lets the record live for lifetime_s from now on, longer or shorter than before.
    void refresh(Record *record, uint32_t lifetime_s, uint32_t now)
    {
        uint32_t deadline = now + lifetime_s;
        if (deadline < record->deadline)
            hasten(record, deadline);
        record->deadline = deadline;
    }
    // Removes records that are past their deadline, looking at no more than `budget` records. True: nothing is left
    // to do for this second.
    bool expire(uint32_t now, size_t budget);

    // Calls visit(Record &) for every live record. It may erase the record it is given.
    template <class Visit> void for_each(uint32_t now, Visit visit)
    {
        for (uint32_t i = 1; i < _fresh; ++i) {
            Record &r = at(i);
            if (r.binding.proto && r.deadline >= now)
                visit(r);
        }
    }

  private:
    enum : uint32_t { chunk_bits = 12, chunk_records = 1u << chunk_bits, buckets = 4096 };
    struct Free {
        void operator()(Record *p) const { std::free(p); }
    };
    FlowIndex _index;
    std::vector<std::unique_ptr<Record, Free>> _chunks;
    std::vector<uint32_t> _wheel;  // first record of each bucket, 0: none
    FlowHash _hash;
    uint64_t _digest = 0;
    uint64_t _expired = 0;
    uint64_t _collisions = 0;
    uint32_t _capacity;
    uint32_t _size = 0;
    uint32_t _fresh = 1;    // records from here on were never used; record 0 stands for none
    uint32_t _free = 0;     // first of the free list
    uint32_t _turned = 0;   // the last second whose bucket is done

    Record &at(uint32_t i) const { return _chunks[i >> chunk_bits].get()[i & (chunk_records - 1)]; }
    // A reference in the index is a record's number and the direction it is reached by.
    static uint32_t reference(uint32_t i, Direction d) { return (i << 1) | uint32_t(d); }
    // A record in use is in the wheel, and what leads to it there knows its number.
    uint32_t number_of(const Record &r) const { return r.prev ? at(r.prev).next : _wheel[r.bucket]; }
    uint32_t hash(const FlowKey &key, Direction d) const
    {
        const FlowTuple &t = key.tuple;
        return _hash(t.saddr, t.daddr, t.sport, t.dport, key.proto, uint8_t(d));
    }
    uint32_t lookup(const FlowKey &key, Direction d, uint32_t h) const;
    uint32_t live(const FlowKey &key, Direction d, uint32_t h, uint32_t now);
    uint32_t allocate();
    void release(uint32_t i);
    bool make_room(uint32_t now);
    Put insert(const FlowBinding &b, uint16_t tag, uint32_t forward, uint32_t reverse, uint32_t now);
    Put replace(uint32_t i, const FlowBinding &b, uint16_t tag, uint32_t reverse, uint32_t now);
    void erase(uint32_t i);
    void link(uint32_t i);
    void unlink(uint32_t i);
    void hasten(Record *record, uint32_t deadline);
};

}  // namespace mimi
#endif
