// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BINDINGINDEX_HH
#define MIMI_BINDINGINDEX_HH
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

// From a 64-bit hash to the number of a record: the open-addressing index of the binding table.
//
// Theory of operation
//
// The upper bits of the hash choose a *segment*, its lower 32 bits are the *fingerprint*. A segment is an array of
// 8-byte slots (fingerprint, reference) kept SORTED by fingerprint with gaps: the home of fingerprint f in a segment of
// n homes is f * n / 2^32, which grows with f, and a slot that is taken pushes to the right. So
//
//   find     starts at the home and stops at the first larger fingerprint: present or absent, 3 slots on average at the
//            load limit of 4/5, nearly always within one cache line;
//   insert   shifts the rest of the run one to the right;  erase shifts it back, so there are no tombstones;
//   growing  is one sequential pass over the segment, by a quarter, that never touches the records.
//
// Segments hold some 4 thousand entries when the table is full, so growing one takes tens of microseconds, and that is
// the longest pause there is: the index as a whole is never rehashed, and never held twice in memory.
//
// Worked example, 4 homes, fingerprints as fractions of 2^32: insert a = 0.30 (home 1), b = 0.60 (home 2), c = 0.40
// (home 1). c finds a at 1, which is smaller, and b at 2, which is larger: b moves to 3, c takes 2. Looking for 0.35
// starts at 1, passes a, meets c = 0.40 and stops: absent.

namespace mimi {

class BindingIndex {
  public:
    // `entries` is what the index will hold when full; more is possible, with longer pauses.
    explicit BindingIndex(size_t entries);

    void prefetch(uint64_t hash) const
    {
        const Segment &s = segment(hash);
        __builtin_prefetch(&s.slots[home(s, fingerprint(hash))]);
    }

    // The first reference under this hash for which match(reference) holds, or 0.
    template <class Match> uint32_t find(uint64_t hash, Match match) const
    {
        const uint32_t f = fingerprint(hash);
        for (const Slot *slot = lower_bound(segment(hash), f); slot->ref && slot->fingerprint == f; ++slot)
            if (match(slot->ref))
                return slot->ref;
        return 0;
    }

    // References are not 0. False: out of memory, nothing changed.
    bool insert(uint64_t hash, uint32_t ref);
    // The entry must be there.
    void erase(uint64_t hash, uint32_t ref);
    void clear();

    size_t bytes() const;

  private:
    struct Slot {
        uint32_t fingerprint;
        uint32_t ref;  // 0: free
    };
    struct Segment {
        std::unique_ptr<Slot[]> slots;
        uint32_t homes;
        uint32_t used;
    };
    std::vector<Segment> _segments;
    unsigned _shift;

    const Segment &segment(uint64_t hash) const { return _segments[(hash >> 32) >> _shift]; }
    static uint32_t fingerprint(uint64_t hash) { return uint32_t(hash); }
    static uint32_t home(const Segment &s, uint32_t f) { return uint32_t((uint64_t(f) * s.homes) >> 32); }
    // Homes, room for the last run to spill over, and one slot that stays free so that every scan ends.
    static size_t slots_for(uint32_t homes) { return size_t(homes) + 8 + (homes / 32 < 120 ? homes / 32 : 120) + 1; }

    static Slot *lower_bound(const Segment &s, uint32_t f)
    {
        Slot *slot = &s.slots[home(s, f)];
        while (slot->ref && slot->fingerprint < f)
            ++slot;
        return slot;
    }
    static bool grow(Segment &s);
    static bool place(Segment &s, uint32_t f, uint32_t ref);
};

}  // namespace mimi
#endif
