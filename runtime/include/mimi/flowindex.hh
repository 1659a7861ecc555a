// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FLOWINDEX_HH
#define MIMI_FLOWINDEX_HH
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include "graceperiod.hh"

// From a 32-bit hash to the number of a record: the open-addressing index of every flow table.
//
// Theory of operation
//
// The hash is the *fingerprint* f of an entry. Its upper bits choose a *segment* through a directory; the bits that follow
// choose the *home*. A segment is an array of 8-byte slots (fingerprint, reference) kept SORTED by fingerprint with gaps:
// the home grows with f, and a slot that is taken pushes to the right. So
//
//   find     starts at the home and stops at the first larger fingerprint: present or absent, 3 slots on average at the
//            load limit of 4/5, nearly always within one cache line;
//   insert   shifts the rest of the run one to the right;  erase shifts it back, so there are no tombstones;
//   growing  is one sequential pass over the segment, by a quarter, that never touches the records;
//   a full segment of 4096 entries is cut into two at its middle bit: sorted, so again one pass.
//
// Growing or cutting one takes tens of microseconds, and that is the longest pause there is: the index as a whole is never
// rehashed, and never held twice in memory. At a million entries the directory is 2 KB.
//
// Worked example, 4 homes, fingerprints as fractions of 2^32: insert a = 0.30 (home 1), b = 0.60 (home 2), c = 0.40
// (home 1). c finds a at 1, which is smaller, and b at 2, which is larger: b moves to 3, c takes 2. Looking for 0.35
// starts at 1, passes a, meets c = 0.40 and stops: absent.
//
// Threads. Any number of readers (prefetch, peek, find) beside one writer at a time (everything else; the owner's lock sees
// to that). A slot is one atomic word. Shifting to the right copies the last slot first: an entry may be seen twice, and
// never not at all. Shifting to the left can make a reader that walks the same run miss an entry that is there: erase() steps
// a stamp before and after, and find_surely() looks again when it misses while the stamp moves. Who adds a flow looks again
// under the owner's lock anyway. A reader may also find an entry that has just been erased; the record it leads to must stay readable until its grace period has passed
// (graceperiod.hh). Arrays that were replaced wait for theirs here.
//
// C++11, nothing of Click: also compiled into packages for other engines.

namespace mimi {

class FlowIndex {
  public:
    FlowIndex() : _directory(nullptr), _stamp(0), _entries(0), _bytes(0)
    {
        Directory *first = make_directory(0);
        const Word segment = make_segment(first_homes, 0);
        if (!first || !segment)
            throw std::bad_alloc();
        first->words[0].store(segment, std::memory_order_relaxed);
        _directory.store(first, std::memory_order_release);
    }
    ~FlowIndex()
    {
        forget_all(_directory.load(std::memory_order_relaxed));
        _retired.drain([](void *block) { free(block); });
    }
    FlowIndex(const FlowIndex &) = delete;
    FlowIndex &operator=(const FlowIndex &) = delete;

    // Asks for the line that find() will look at first.
    void prefetch(uint32_t hash) const
    {
        const Word segment = segment_of(hash);
        __builtin_prefetch(slots(segment) + home(segment, hash));
    }

    // The first reference under this hash, most likely the right one, or 0: what to prefetch before find().
    uint32_t peek(uint32_t hash) const
    {
        return find(hash, [](uint32_t) { return true; });
    }

    // The first reference under this hash for which match(reference) holds, or 0.
    template <class Match> uint32_t find(uint32_t hash, Match match) const
    {
        const Word segment = segment_of(hash);
        for (const Slot *slot = slots(segment) + home(segment, hash);; ++slot) {
            const uint64_t value = slot->load(std::memory_order_acquire);
            if (!reference(value) || fingerprint(value) > hash)
                return 0;
            if (fingerprint(value) == hash && match(reference(value)))
                return reference(value);
        }
    }

    // The same; an entry that stays there all the time is not missed. It gives up after some tries: the writer may have been
    // put to sleep in the middle.
    template <class Match> uint32_t find_surely(uint32_t hash, Match match) const
    {
        uint32_t ref = 0;
        for (int tries = 0; tries != 64; ++tries) {
            const uint32_t stamp = _stamp.load(std::memory_order_acquire);
            ref = find(hash, match);
            if (ref || (!(stamp & 1) && stamp == _stamp.load(std::memory_order_relaxed)))
                break;
        }
        return ref;
    }

    // References are not 0. False: out of memory, nothing changed.
    bool insert(uint32_t hash, uint32_t ref)
    {
        for (;;) {
            const Word segment = segment_of(hash);
            if (!crowded(segment) && place(segment, hash, ref))
                return true;
            if (!make_room(segment, hash))
                return false;
        }
    }
    // The entry must be there.
    void erase(uint32_t hash, uint32_t ref);
    // The entry leads to another record from now on; at no time is it absent.
    void replace(uint32_t hash, uint32_t ref, uint32_t other)
    {
        locate(segment_of(hash), hash, ref)->store(make_slot(hash, other), std::memory_order_release);
    }
    // Empties it. False: out of memory, nothing changed.
    bool clear();

    size_t size() const { return _entries; }
    size_t bytes() const { return _bytes; }

  private:
    typedef std::atomic<uint64_t> Slot;  // fingerprint in the upper half, reference in the lower; reference 0: free
    // A segment as the directory tells of it, in one atomic word: address of its slots (48 bits, a multiple of 64), depth
    // in the 6 lowest bits, homes / 16 in the 16 highest.
    typedef uint64_t Word;
    enum : uint32_t { first_homes = 16, homes_unit = 16, homes_limit = 0xffff * homes_unit, entries_limit = 4096, line = 64 };
    static const unsigned depth_limit = 24;

    struct Header {
        uint32_t used;  // the line before the slots; the writer's
    };
    struct Directory {
        unsigned bits;
        std::atomic<Word> words[1];  // 2^bits of them
    };

    std::atomic<Directory *> _directory;
    std::atomic<uint32_t> _stamp;  // odd while a run is pulled to the left
    size_t _entries;
    size_t _bytes;
    Retired<void *> _retired;

    static uint32_t fingerprint(uint64_t slot) { return uint32_t(slot >> 32); }
    static uint32_t reference(uint64_t slot) { return uint32_t(slot); }
    static uint64_t make_slot(uint32_t f, uint32_t ref) { return (uint64_t(f) << 32) | ref; }

    static Slot *slots(Word w) { return reinterpret_cast<Slot *>(uintptr_t(w & 0x0000ffffffffffc0u)); }
    static uint32_t homes(Word w) { return uint32_t(w >> 48) * homes_unit; }
    static unsigned depth(Word w) { return unsigned(w & 63); }
    static uint32_t home_in(uint32_t f, uint32_t homes, unsigned depth)
    {
        return uint32_t((uint64_t(uint32_t(f << depth)) * homes) >> 32);
    }
    static uint32_t home(Word w, uint32_t f) { return home_in(f, homes(w), depth(w)); }
    // Homes, room for the last run to spill over, and one slot that stays free so that every scan ends.
    static uint32_t slots_for(uint32_t homes) { return homes + 8 + (homes / 32 < 120 ? homes / 32 : 120) + 1; }
    static void *block(Word w) { return reinterpret_cast<char *>(slots(w)) - line; }
    static uint32_t &used(Word w) { return static_cast<Header *>(block(w))->used; }
    static size_t segment_bytes(uint32_t homes) { return line + slots_for(homes) * sizeof(Slot); }
    static size_t directory_bytes(unsigned bits) { return sizeof(Directory) + ((size_t(1) << bits) - 1) * sizeof(Word); }

    static size_t number(const Directory *d, uint32_t hash) { return size_t((uint64_t(hash) << d->bits) >> 32); }
    Word segment_of(uint32_t hash) const
    {
        const Directory *d = _directory.load(std::memory_order_acquire);
        return d->words[number(d, hash)].load(std::memory_order_acquire);
    }
    static bool crowded(Word w)
    {
        return uint64_t(used(w)) * 5 >= uint64_t(homes(w)) * 4;
    }

    static Slot *lower_bound(Word w, uint32_t f)
    {
        Slot *slot = slots(w) + home(w, f);
        for (uint64_t value; reference(value = slot->load(std::memory_order_relaxed)) && fingerprint(value) < f;)
            ++slot;
        return slot;
    }
    static Slot *locate(Word w, uint32_t f, uint32_t ref)
    {
        Slot *slot = lower_bound(w, f);
        while (reference(slot->load(std::memory_order_relaxed)) != ref)
            ++slot;
        return slot;
    }

    Directory *make_directory(unsigned bits);
    Word make_segment(uint32_t homes, unsigned depth);
    void forget(void *block, size_t bytes)
    {
        _bytes -= bytes;
        _retired.collect([](void *old) { free(old); });
        _retired.push(block);
    }
    void discard(void *block, size_t bytes)  // nobody has seen it
    {
        _bytes -= bytes;
        free(block);
    }
    void forget_all(Directory *d);
    bool place(Word w, uint32_t f, uint32_t ref);
    bool make_room(Word w, uint32_t hash);
    bool grow(Word w, uint32_t hash);
    bool split(Word w, uint32_t hash);
    bool deepen();
    Word copy(const Slot *begin, const Slot *end, uint32_t homes_wanted, unsigned depth);
    static uint32_t roomy(uint32_t entries) { return entries + entries / 2 + entries / 16 + homes_unit; }
    static bool fill(Word into, const Slot *begin, const Slot *end);
    void publish(uint32_t hash, unsigned depth, Word w);
};

inline FlowIndex::Directory *FlowIndex::make_directory(unsigned bits)
{
    void *memory = calloc(1, directory_bytes(bits));
    if (!memory)
        return nullptr;
    _bytes += directory_bytes(bits);
    Directory *d = static_cast<Directory *>(memory);
    d->bits = bits;
    return d;
}

inline FlowIndex::Word FlowIndex::make_segment(uint32_t homes, unsigned depth)
{
    void *memory = nullptr;
    if (homes > homes_limit || posix_memalign(&memory, line, segment_bytes(homes)) != 0)
        return 0;
    const uint64_t address = uint64_t(reinterpret_cast<uintptr_t>(memory)) + line;
    if (address >> 48) {
        free(memory);
        return 0;
    }
    memset(memory, 0, segment_bytes(homes));
    _bytes += segment_bytes(homes);
    return (uint64_t(homes / homes_unit) << 48) | address | depth;
}

// The entries are sorted: the new positions only ever move to the right. False: the last run spilled over the end.
inline bool FlowIndex::fill(Word into, const Slot *begin, const Slot *end)
{
    Slot *free_slot = slots(into);
    Slot *const last = slots(into) + slots_for(homes(into)) - 1;
    for (const Slot *slot = begin; slot != end; ++slot) {
        const uint64_t value = slot->load(std::memory_order_relaxed);
        if (!reference(value))
            continue;
        Slot *at = slots(into) + home(into, fingerprint(value));
        if (at < free_slot)
            at = free_slot;
        if (at >= last)
            return false;
        at->store(value, std::memory_order_relaxed);
        free_slot = at + 1;
        ++used(into);
    }
    return true;
}

// A new segment with the entries of a piece of an old one. 0: out of memory.
inline FlowIndex::Word FlowIndex::copy(const Slot *begin, const Slot *end, uint32_t homes_wanted, unsigned depth)
{
    for (uint32_t wanted = homes_wanted;; wanted += wanted / 4) {
        const Word w = make_segment(wanted / homes_unit * homes_unit, depth);
        if (!w || fill(w, begin, end))
            return w;
        discard(block(w), segment_bytes(homes(w)));
    }
}

// Tells of a segment to everyone: in all the directory's words that its depth covers.
inline void FlowIndex::publish(uint32_t hash, unsigned depth, Word w)
{
    Directory *d = _directory.load(std::memory_order_relaxed);
    const size_t n = size_t(1) << (d->bits - depth);
    const size_t first = number(d, hash) & ~(n - 1);
    for (size_t i = 0; i != n; ++i)
        d->words[first + i].store(w, std::memory_order_release);
}

inline bool FlowIndex::grow(Word w, uint32_t hash)
{
    const Word bigger = copy(slots(w), slots(w) + slots_for(homes(w)), homes(w) + homes(w) / 4 + homes_unit, depth(w));
    if (!bigger)
        return false;
    publish(hash, depth(w), bigger);
    forget(block(w), segment_bytes(homes(w)));
    return true;
}

inline bool FlowIndex::deepen()
{
    Directory *old = _directory.load(std::memory_order_relaxed);
    Directory *d = make_directory(old->bits + 1);
    if (!d)
        return false;
    for (size_t i = 0; i != size_t(1) << d->bits; ++i)
        d->words[i].store(old->words[i / 2].load(std::memory_order_relaxed), std::memory_order_relaxed);
    _directory.store(d, std::memory_order_release);
    forget(old, directory_bytes(old->bits));
    return true;
}

inline bool FlowIndex::split(Word w, uint32_t hash)
{
    if (depth(w) == _directory.load(std::memory_order_relaxed)->bits && !deepen())
        return false;
    const unsigned below = depth(w) + 1;
    const uint32_t middle_bit = uint32_t(1) << (32 - below);
    const uint32_t middle = ((hash >> (32 - below)) << (32 - below)) | middle_bit;  // first fingerprint of the right half
    const Slot *cut = slots(w), *end = slots(w) + slots_for(homes(w));
    uint32_t left = 0;
    for (uint64_t value; cut != end; ++cut) {
        value = cut->load(std::memory_order_relaxed);
        if (reference(value) && fingerprint(value) >= middle)
            break;
        left += reference(value) != 0;
    }
    const Word low = copy(slots(w), cut, roomy(left), below);
    const Word high = low ? copy(cut, end, roomy(used(w) - left), below) : 0;
    if (!high) {
        if (low)
            discard(block(low), segment_bytes(homes(low)));
        return false;
    }
    publish(middle - middle_bit, below, low);
    publish(middle, below, high);
    forget(block(w), segment_bytes(homes(w)));
    return true;
}

// Cutting must not run away when hashes repeat: at most eight times as many segments as full ones would need.
inline bool FlowIndex::make_room(Word w, uint32_t hash)
{
    const bool full = used(w) >= entries_limit && depth(w) < depth_limit;
    const bool worth_it = (size_t(1) << depth(w)) <= _entries / (entries_limit / 8);
    return full && worth_it ? split(w, hash) : grow(w, hash);
}

inline bool FlowIndex::place(Word w, uint32_t f, uint32_t ref)
{
    Slot *const slot = lower_bound(w, f);
    Slot *hole = slot;
    while (reference(hole->load(std::memory_order_relaxed)))
        ++hole;
    if (hole == slots(w) + slots_for(homes(w)) - 1)
        return false;
    for (; hole != slot; --hole)
        hole->store(hole[-1].load(std::memory_order_relaxed), std::memory_order_release);
    slot->store(make_slot(f, ref), std::memory_order_release);
    ++used(w);
    ++_entries;
    return true;
}

// Pulls the run to the left until a slot that is free or already at home.
inline void FlowIndex::erase(uint32_t hash, uint32_t ref)
{
    const Word w = segment_of(hash);
    const uint32_t stamp = _stamp.load(std::memory_order_relaxed);
    _stamp.store(stamp + 1, std::memory_order_relaxed);
    for (Slot *slot = locate(w, hash, ref);; ++slot) {
        const uint64_t next = slot[1].load(std::memory_order_relaxed);
        const bool stays = !reference(next) || slot + 1 - slots(w) == ptrdiff_t(home(w, fingerprint(next)));
        slot->store(stays ? 0 : next, std::memory_order_release);
        if (stays)
            break;
    }
    _stamp.store(stamp + 2, std::memory_order_release);
    --used(w);
    --_entries;
}

inline void FlowIndex::forget_all(Directory *d)
{
    Word before = 0;
    for (size_t i = 0; i != size_t(1) << d->bits; ++i) {
        const Word w = d->words[i].load(std::memory_order_relaxed);
        if (w != before)
            forget(block(w), segment_bytes(homes(w)));
        before = w;
    }
    forget(d, directory_bytes(d->bits));
}

inline bool FlowIndex::clear()
{
    Directory *first = make_directory(0);
    const Word segment = first ? make_segment(first_homes, 0) : 0;
    if (!segment) {
        if (first)
            discard(first, directory_bytes(0));
        return false;
    }
    first->words[0].store(segment, std::memory_order_relaxed);
    Directory *old = _directory.load(std::memory_order_relaxed);
    _directory.store(first, std::memory_order_release);
    forget_all(old);
    _entries = 0;
    return true;
}

}  // namespace mimi
#endif
