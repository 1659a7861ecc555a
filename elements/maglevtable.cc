// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "maglevtable.hh"
#include <algorithm>

namespace mimi {

namespace {

// One backend's walk through its permutation.
struct Walker {
    uint64_t identity;
    uint32_t weight;
    uint16_t slot;
    uint32_t at;
    uint32_t skip;
    uint32_t credit;
};

}  // namespace

MaglevTable::MaglevTable(std::vector<Candidate> candidates, const ChoiceHash &hash, uint32_t size)
    : _entries(size, uint16_t(Chooser::none))
{
    std::vector<Walker> walkers;
    uint32_t heaviest = 0;
    for (const Candidate &c : candidates) {
        const Walker w = {c.identity, c.weight, c.slot, uint32_t(hash({c.identity, 1}) % size),
                          uint32_t(hash({c.identity, 2}) % (size - 1)) + 1, 0};
        walkers.push_back(w);
        heaviest = std::max(heaviest, c.weight);
    }
    std::sort(walkers.begin(), walkers.end(), [](const Walker &a, const Walker &b) { return a.identity < b.identity; });
    uint32_t left = walkers.empty() ? 0 : size;
    while (left != 0)
        for (Walker &w : walkers) {
            if ((w.credit += w.weight) < heaviest)
                continue;
            w.credit -= heaviest;
            while (_entries[w.at] != Chooser::none)
                w.at = uint32_t((uint64_t(w.at) + w.skip) % size);
            _entries[w.at] = w.slot;
            if (--left == 0)
                break;
        }
}

}  // namespace mimi

ELEMENT_PROVIDES(MaglevTable)
