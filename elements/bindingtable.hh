// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BINDINGTABLE_HH
#define MIMI_BINDINGTABLE_HH
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mimi/flowhash.hh>
#include <mimi/flowindex.hh>
#include <mimi/graceperiod.hh>
#include <mimi/tablelock.hh>
#include <vector>
#include "bindingrecord.hh"
#include "flowbinding.hh"

// The bindings of a middlebox, found from both directions. Knows nothing of elements, packets or clocks.
//
// RecordTable<Record> is the table of one family of addresses, its record's. Record is BindingRecord (BindingRecord6 for IPv6), or a
// class that derives from it and adds what its owner must know of a flow; BindingTable and BindingTable6 keep plain ones.
// BindingStoreOf<A> is what one may ask of any table of the family without knowing its records; AnyBindingStore, without knowing
// its addresses either.
// Other records: include bindingtable_impl.hh in one source and instantiate RecordTable there.
//
// Theory of operation
//
// A *record* (bindingrecord.hh) is one binding and its bookkeeping, in chunks that never move: one cache line of 64 bytes, two for
// IPv6. The *index* (mimi/flowindex.hh) has two entries for each record: the hash of its original tuple and the hash of its reply key,
// the translated tuple reversed. The hash is keyed with random secrets: someone who chooses addresses and ports cannot choose
// slots. Direction is no part of the hash: an owner who cannot tell from where a packet came which of the two its tuple is
// (find_either) asks once for both. A lookup costs one cache miss for the index and one for the record; a batch hides both by calling probe() for all
// of its packets, then peek() for all, then find(). Insertions are hidden alike: prefetch() what put() will touch.
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
// Threads. Any number of threads handle packets while others import, export and expire.
//
//   Readers   probe(), peek() and find() take no lock. What they compare, the tuples, never changes while a record can be
//             found; what changes under them (deadline, state, deltas) are atomic words, so refresh() of an established flow
//             takes no lock either. Only a deadline that moves forward, when a flow ends, does.
//   Writers   hold lock() around everything else. They are short: an import takes it for some dozens of records at a time,
//             and lets waiting packets go first. A flow that is bound anew gets a new record, and both index entries are
//             turned to it: at no time is it absent.
//   Misses    A walk that misses while an entry is pulled to the left is made again, so an established flow is not missed. A
//             packet that begins a flow looks again under the lock: another may have begun it in the meantime.
//   Reuse     A record that left the index may still be in a reader's hand: it is reused when a grace period has passed
//             (mimi/graceperiod.hh). Until then its tuples stay, and writing its deadline or state does no harm.
//   Memory    Chunks are never freed while readers run, so that a stale reference is always readable; their array is
//             made in its full size at the beginning. clear() lets records go like any removal.
//
// Pages. A chunk is two megabytes or a multiple, so that it can be big pages, which saves most of the address translation. But getting one may
// take the kernel milliseconds. So a table that grows asks for its next chunk when the last one is half full (wants_chunk()),
// and somebody who has time makes it (add_chunk()). Who needs a record before that gets a chunk of small pages.

namespace mimi {

// Told of every record that begins to be found, and of every one that no longer is, by whoever holds the table's lock. A
// binding that replaces another is told of before the other leaves, unless it had to make room for it.
template <class A> class FlowWatchOf {
  public:
    virtual void flow_entered(BindingRecordOf<A> &record) = 0;
    virtual void flow_left(const BindingRecordOf<A> &record) = 0;

  protected:
    ~FlowWatchOf() {}
};
typedef FlowWatchOf<uint32_t> FlowWatch;
typedef FlowWatchOf<Address6> FlowWatch6;

// What one may ask of any table, whatever the addresses of its flows.
class AnyBindingStore {
  public:
    // What became of one update. `refused`: the table is full, or out of memory.
    enum class Outcome : uint8_t { applied, unchanged, stale, refused, removed };

    // A lookup under way: the hash of its key, and the record that peek() thinks it is (0: nothing known).
    struct Probe {
        uint32_t hash;
        uint32_t ref;
    };
    // The hashes of a binding, the result of prepare().
    struct Prepared {
        uint32_t forward;
        uint32_t reverse;
    };

    // The sum of identity_hash() over `count` bindings.
    struct Digest {
        uint32_t count;
        uint64_t sum;
    };

    AnyBindingStore() : _wants_chunk(false) {}
    virtual ~AnyBindingStore() {}
    AnyBindingStore(const AnyBindingStore &) = delete;
    AnyBindingStore &operator=(const AnyBindingStore &) = delete;

    // All times are seconds on one monotonic clock of the caller.

    // ---- growing, without the lock: the next chunk of records, on big pages. Takes long; one thread at a time.
    bool wants_chunk() const { return _wants_chunk.load(std::memory_order_relaxed); }
    virtual void add_chunk() = 0;

    // ---- all of this with the lock held, unless no other thread knows the table
    TableLock &lock() { return _lock; }

    uint32_t size() const { return _size; }
    uint32_t capacity() const { return _capacity; }
    void set_capacity(uint32_t capacity) { _capacity = capacity; }
    uint64_t expired() const { return _expired; }
    uint64_t collisions() const { return _collisions; }
    virtual size_t bytes() const = 0;

    // Removes records that are past their deadline, looking at no more than `budget` records. True: nothing is left
    // to do for this second.
    virtual bool expire(uint32_t now, size_t budget) = 0;

    // Removes what is there of the next `budget` records. `place` starts at 0; false at the end. Between two calls the lock may
    // be let go.
    virtual bool erase_some(uint32_t &place, uint32_t budget) = 0;

    // The hash behind the digest is one of text, and slow: it is not made while packets wait, but when somebody asks. Brings
    // the digest up to date by the next `budget` records; false at the end, when it holds every binding that was there at the
    // beginning and is there still.
    virtual bool update_digest(uint32_t &place, uint32_t budget) = 0;
    Digest digest() const { return _digest; }

  protected:
    TableLock _lock;
    FlowIndex _index;
    FlowHash _hash;
    std::atomic<bool> _wants_chunk;
    Digest _digest = {0, 0};
    uint64_t _expired = 0;
    uint64_t _collisions = 0;
    uint32_t _capacity = 0;
    uint32_t _size = 0;
};

template <class A> class BindingStoreOf : public AnyBindingStore {
  public:
    typedef A Address;
    typedef FlowKeyOf<A> Key;
    typedef FlowBindingOf<A> Binding;

    Prepared prepare(const Binding &b) const  // hashes; prefetches what put() begins with
    {
        const Prepared h = {hash(b.key()), hash(b.reply_key())};
        _index.prefetch(h.forward);
        _index.prefetch(h.reverse);
        return h;
    }

    // ---- all of this with the lock held, unless no other thread knows the table
    void set_watch(FlowWatchOf<A> *watch) { _watch = watch; }
    // Another watch, told only of records that leave, and of those that are about to mean something else in place.
    void set_departures(FlowWatchOf<A> *watch) { _departures = watch; }

    // put() for who does not care for the record.
    virtual Outcome store(const Binding &binding, const Prepared &hashes, uint16_t tag, uint32_t now) = 0;
    // unchanged: not there; stale: what is there is newer than seq.
    virtual Outcome remove(const Key &key, uint64_t seq, uint32_t now) = 0;
    // The live record of a key and direction, or null; a reader may ask too. The lock lets a record live for lifetime_s from now on.
    virtual BindingRecordOf<A> *find_record(const Key &key, Direction d, uint32_t now) = 0;
    virtual void keep_alive(BindingRecordOf<A> *record, uint32_t lifetime_s, uint32_t now) = 0;
    // The live binding of that original tuple; proto 0 if there is none.
    virtual Binding binding_of(const Key &key, uint32_t now) = 0;
    // Appends the live ones' bindings of the next `budget` records, in steps as erase_some().
    virtual bool copy(uint32_t &place, uint32_t budget, uint32_t now, std::vector<Binding> &out) = 0;

  protected:
    FlowWatchOf<A> *_watch = nullptr, *_departures = nullptr;

    uint32_t hash(const Key &key) const
    {
        const FlowTupleOf<A> &t = key.tuple;
        return _hash(word_of(t.saddr), word_of(t.daddr), t.sport, t.dport, key.proto, 0);
    }

  private:
    static uint32_t word_of(uint32_t addr) { return addr; }
    static const uint32_t (&word_of(const Address6 &addr))[4] { return addr.word; }
};
typedef BindingStoreOf<uint32_t> BindingStore;
typedef BindingStoreOf<Address6> BindingStore6;

template <class R> class RecordTable final : public BindingStoreOf<typename R::Address> {
    typedef BindingStoreOf<typename R::Address> Store;

  public:
    typedef R Record;
    typedef typename R::Address Address;
    typedef typename Store::Key Key;
    typedef typename Store::Binding Binding;
    typedef typename Store::Outcome Outcome;
    typedef typename Store::Probe Probe;
    typedef typename Store::Prepared Prepared;
    using Store::prepare;

    struct Put {
        Outcome outcome;
        Record *record;  // null unless applied or unchanged
    };

    explicit RecordTable(uint32_t capacity);
    ~RecordTable();

    // ---- readers
    Probe probe(const Key &key) const  // hashes; prefetches the index
    {
        const Probe p = {hash(key), 0};
        _index.prefetch(p.hash);
        return p;
    }
    Probe probe(const Key &key, Direction) const { return probe(key); }
    void peek(Probe &p) const  // prefetches the record
    {
        // The fingerprint alone is nearly always right, and a wrong guess is harmless.
        if ((p.ref = _index.peek(p.hash))) {
            const char *record = reinterpret_cast<const char *>(&at(p.ref >> 1));
            for (size_t i = 0; i < sizeof(Record); i += 64)
                __builtin_prefetch(record + i, 1);
        }
    }
    // For the key and direction of the probe. Between peek() and find() the caller does not change the table.
    Record *find(const Probe &p, const Key &key, Direction d, uint32_t now) const
    {
        uint32_t i = p.ref >> 1;
        if (!is(p.ref, key, d))
            i = lookup(key, d, p.hash);
        return i && at(i).alive(now) ? &at(i) : nullptr;
    }
    Record *find(const Key &key, Direction d, uint32_t now) const { return find(Probe{hash(key), 0}, key, d, now); }
    // The record that the key leads to from either side, and from which. Should there be two, the flow that begins with the
    // key goes first.
    Record *find_either(const Probe &p, const Key &key, Direction &d, uint32_t now) const
    {
        d = Direction::forward;
        if (is(p.ref, key, d) && at(p.ref >> 1).alive(now))
            return &at(p.ref >> 1);
        const bool reverse = is(p.ref, key, Direction::reverse) && at(p.ref >> 1).alive(now);
        const uint32_t i = reverse ? _index.find(p.hash, [&](uint32_t ref) { return is(ref, key, Direction::forward); }) >> 1
                                   : lookup(key, d, p.hash);
        if (i && at(i).alive(now))
            return &at(i);
        d = Direction::reverse;
        return reverse ? &at(p.ref >> 1) : find(Probe{p.hash, 0}, key, d, now);
    }

    // Lets the record live for lifetime_s from now on, longer or shorter than before. refresh_locked: by who holds the lock.
    void refresh(Record *record, uint32_t lifetime_s, uint32_t now)
    {
        if (moves_forward(record, now + lifetime_s)) {
            std::lock_guard<TableLock> guard(_lock);
            hasten(record);
        }
    }
    void refresh_locked(Record *record, uint32_t lifetime_s, uint32_t now)
    {
        if (moves_forward(record, now + lifetime_s))
            hasten(record);
    }

    void add_chunk();

    // ---- writers: all of this with the lock held, unless no other thread knows the table
    size_t bytes() const;

    // The record lives for binding.lifetime_s from now.
    Put put(const Binding &binding, uint16_t tag, uint32_t now) { return put(binding, prepare(binding), tag, now); }
    Put put(const Binding &binding, const Prepared &hashes, uint16_t tag, uint32_t now);
    Outcome store(const Binding &binding, const Prepared &hashes, uint16_t tag, uint32_t now)
    {
        return put(binding, hashes, tag, now).outcome;
    }
    Outcome remove(const Key &key, uint64_t seq, uint32_t now);
    void erase(Record *record);
    BindingRecordOf<Address> *find_record(const Key &key, Direction d, uint32_t now) { return find(key, d, now); }
    void keep_alive(BindingRecordOf<Address> *record, uint32_t lifetime_s, uint32_t now)
    {
        refresh_locked(static_cast<Record *>(record), lifetime_s, now);
    }
    Binding binding_of(const Key &key, uint32_t now);

    bool expire(uint32_t now, size_t budget);
    bool copy(uint32_t &place, uint32_t budget, uint32_t now, std::vector<Binding> &out);
    bool erase_some(uint32_t &place, uint32_t budget);

    // Calls visit(Record &) for the live ones among the next `budget` records. It may erase the record it is given. `place`
    // starts at 0; false at the end. Between two calls the lock may be let go: a record that is there all the time is visited.
    template <class Visit> bool walk(uint32_t &place, uint32_t budget, uint32_t now, Visit visit)
    {
        for (place = place ? place : 1; place < _fresh && budget != 0; ++place, --budget) {
            Record &r = at(place);
            if (r.bucket != Record::no_bucket && r.alive(now))
                visit(r);
        }
        return place < _fresh;
    }
    template <class Visit> void for_each(uint32_t now, Visit visit)
    {
        uint32_t place = 0;
        walk(place, uint32_t(-1), now, visit);
    }
    // Everything, for as long as it takes.
    void clear();

    bool update_digest(uint32_t &place, uint32_t budget);

  private:
    using Store::_capacity;
    using Store::_collisions;
    using Store::_departures;
    using Store::_digest;
    using Store::_expired;
    using Store::_index;
    using Store::_lock;
    using Store::_size;
    using Store::_wants_chunk;
    using Store::_watch;
    using Store::hash;

    enum : uint32_t { chunk_bits = 15, chunk_records = 1u << chunk_bits, chunks = 1u << (31 - chunk_bits), buckets = 4096 };
    Record **_chunks;              // room for `chunks`, untouched until needed
    uint32_t _made = 0;            // so many chunks are there
    std::vector<uint32_t> _wheel;  // first record of each bucket, 0: none
    Retired<uint32_t> _retired;    // records that left the index and may still be read
    uint32_t _fresh = 1;    // records from here on were never used; record 0 stands for none
    uint32_t _free = 0;     // first of the free list
    uint32_t _turned = 0;   // the last second whose bucket is done

    Record &at(uint32_t i) const { return _chunks[i >> chunk_bits][i & (chunk_records - 1)]; }
    // A reference in the index is a record's number and the direction it is reached by.
    static uint32_t reference(uint32_t i, Direction d) { return (i << 1) | uint32_t(d); }
    // A record in use is in the wheel, and what leads to it there knows its number.
    uint32_t number_of(const Record &r) const { return r.prev ? at(r.prev).next : _wheel[r.bucket]; }
    bool is(uint32_t ref, const Key &key, Direction d) const
    {
        return ref && (ref & 1) == uint32_t(d) && at(ref >> 1).has_key(key, d);
    }
    uint32_t lookup(const Key &key, Direction d, uint32_t h) const
    {
        return _index.find_surely(h, [&](uint32_t ref) {
            return is(ref, key, d);
        }) >> 1;
    }
    // Writing only what changes keeps the line of a busy flow clean, and shared.
    static bool moves_forward(Record *record, uint32_t deadline)
    {
        const uint32_t before = record->deadline.load(std::memory_order_relaxed);
        if (deadline != before)
            record->deadline.store(deadline, std::memory_order_relaxed);
        return deadline < before;
    }
    uint32_t live(const Key &key, Direction d, uint32_t h, uint32_t now);
    enum Pages { small_pages, big_pages };
    static Record *make_chunk(Pages pages);
    void note_growth();
    uint32_t allocate();
    void release(uint32_t i);
    bool make_room(uint32_t now);
    Put insert(const Binding &b, uint16_t tag, const Prepared &hashes, uint32_t now);
    Put move(uint32_t old, const Binding &b, uint16_t tag, const Prepared &hashes, uint32_t now);
    void settle(uint32_t i, const Binding &b, uint16_t tag, uint32_t now);
    void erase(uint32_t i);
    void link(uint32_t i);
    void unlink(uint32_t i);
    void hasten(Record *record);
};

typedef RecordTable<BindingRecord> BindingTable;
typedef RecordTable<BindingRecord6> BindingTable6;
extern template class RecordTable<BindingRecord>;
extern template class RecordTable<BindingRecord6>;

}  // namespace mimi
#endif
