// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "chooserhash.hh"
#include <algorithm>
#include <cmath>

namespace mimi {

RendezvousChooser::RendezvousChooser(std::vector<Candidate> candidates, uint64_t seed, By by)
    : _candidates(std::move(candidates)), _hash(seed), _by(by), _alike(true)
{
    // Equal draws, however rare, must not depend on how the set came about.
    std::sort(_candidates.begin(), _candidates.end(),
              [](const Candidate &a, const Candidate &b) { return a.identity < b.identity; });
    for (const Candidate &c : _candidates)
        _alike &= c.weight == _candidates[0].weight;
}

uint16_t RendezvousChooser::choose(const FlowKey &key)
{
    const uint64_t flow = _by == by_source ? _hash.source(key) : _hash.flow(key);
    const Candidate *best = nullptr;
    uint64_t largest = 0;
    double least = 0;
    for (const Candidate &c : _candidates) {
        const uint64_t drawn = draw(flow, c);
        const double u = double((drawn >> 11) + 1) * (1.0 / 9007199254740992.0);  // above 0, up to 1
        const double cost = _alike ? 0 : -std::log(u) / c.weight;
        if (!best || (_alike ? drawn > largest : cost < least)) {
            best = &c;
            largest = drawn;
            least = cost;
        }
    }
    return best ? best->slot : uint16_t(none);
}

KernelChooser::KernelChooser(std::vector<Candidate> candidates, uint32_t seed, bool by_source)
    : _candidates(std::move(candidates)), _hash(seed), _by_source(by_source)
{
    uint32_t end = 0;
    for (const Candidate &c : _candidates)
        _ends.push_back(end += c.weight);
}

uint16_t KernelChooser::choose(const FlowKey &key)
{
    const FlowTuple &t = key.tuple;
    const uint32_t words[] = {t.saddr, t.daddr, KernelHash::port_word(t.sport), KernelHash::port_word(t.dport)};
    if (_ends.empty())
        return none;
    const uint32_t number = KernelHash::scale(_hash(words, _by_source ? 1 : 4), _ends.back());
    const size_t first = size_t(std::upper_bound(_ends.begin(), _ends.end(), number) - _ends.begin());
    for (size_t i = 0; i != _candidates.size(); ++i) {
        const Candidate &c = _candidates[(first + i) % _candidates.size()];
        if (!c.barred)
            return c.slot;
    }
    return none;
}

MaglevChooser::MaglevChooser(std::vector<Candidate> candidates, uint64_t seed)
    : _hash(seed), _table(candidates, _hash, MaglevTable::size_for(candidates.size()))
{
}

}  // namespace mimi

ELEMENT_PROVIDES(ChooserHash)
ELEMENT_REQUIRES(MaglevTable)
