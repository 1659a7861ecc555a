// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_MAGLEVTABLE_HH
#define MIMI_MAGLEVTABLE_HH
#include <cstdint>
#include <vector>
#include "choicehash.hh"
#include "chooser.hh"

// The lookup table of Maglev (Eisenbud and others, NSDI 2016, section 3.4).
//
// Theory of operation
//
// The table has a prime number of entries, M. Each backend has a permutation of all entries, offset, offset + skip,
// offset + 2 skip … modulo M, made from a hash of its name alone. The backends take turns; who has the turn takes the first
// entry of its permutation that is still free. So all have the same number of entries, give or take one, and a backend that
// comes or goes changes little of what the others find free. A light backend leaves out turns: each round credits it with
// its weight, and a turn costs the weight of the heaviest.
//
// Turns are taken in the order of names, so the table depends on the set alone, not on how it came about: balancers with the
// same backends, weights and seed have the same table.
//
// The larger M, the fewer flows move without need: with 100 backends and 131071 entries, when one comes or goes, 0.4 % of all. But
// another M is another table altogether, so it does not grow with each backend: there are two sizes.

namespace mimi {

class MaglevTable {
  public:
    // Primes. The larger is for more than `many` backends, which would have unequal shares of the smaller.
    enum : uint32_t { usual_size = 131071, large_size = 2097143 };
    enum : size_t { many = 1310 };
    static uint32_t size_for(size_t backends) { return backends > many ? large_size : usual_size; }

    // M must be a prime, and larger than the number of candidates.
    MaglevTable(std::vector<Candidate> candidates, const ChoiceHash &hash, uint32_t size);

    uint32_t size() const { return uint32_t(_entries.size()); }
    // The slot at an entry; Chooser::none without candidates.
    uint16_t operator[](uint32_t entry) const { return _entries[entry]; }
    uint16_t find(uint64_t hash) const { return _entries[size_t(hash % _entries.size())]; }

  private:
    std::vector<uint16_t> _entries;
};

}  // namespace mimi
#endif
