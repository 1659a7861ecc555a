// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "chooserhash.hh"
#include <algorithm>
#include <cmath>

namespace mimi {

template <class A> RendezvousChooser<A>::RendezvousChooser(std::vector<Candidate> candidates, uint64_t seed, HashBy by)
    : _candidates(std::move(candidates)), _hash(seed), _by(by), _alike(true)
{
    // Equal draws, however rare, must not depend on how the set came about.
    std::sort(_candidates.begin(), _candidates.end(),
              [](const Candidate &a, const Candidate &b) { return a.identity < b.identity; });
    for (const Candidate &c : _candidates)
        _alike &= c.weight == _candidates[0].weight;
}

template <class A> uint16_t RendezvousChooser<A>::choose(const FlowKeyOf<A> &key)
{
    const uint64_t flow = _by == HashBy::source ? _hash.source(key) : _hash.flow(key);
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
    return best ? best->slot : uint16_t(ChooserOf<A>::none);
}

template <class A> KernelChooser<A>::KernelChooser(std::vector<Candidate> candidates, uint32_t seed, HashBy by)
    : _candidates(std::move(candidates)), _hash(seed), _by(by)
{
    uint32_t end = 0;
    for (const Candidate &c : _candidates)
        _ends.push_back(end += c.weight);
}

template <class A> uint16_t KernelChooser<A>::choose(const FlowKeyOf<A> &key)
{
    if (_ends.empty())
        return ChooserOf<A>::none;
    const uint32_t number = KernelHash::scale(_by == HashBy::source ? _hash.source(key) : _hash.flow(key), _ends.back());
    const size_t first = size_t(std::upper_bound(_ends.begin(), _ends.end(), number) - _ends.begin());
    for (size_t i = 0; i != _candidates.size(); ++i) {
        const Candidate &c = _candidates[(first + i) % _candidates.size()];
        if (!c.barred)
            return c.slot;
    }
    return ChooserOf<A>::none;
}

template <class A> MaglevChooser<A>::MaglevChooser(std::vector<Candidate> candidates, uint64_t seed)
    : _hash(seed), _table(candidates, _hash, MaglevTable::size_for(candidates.size()))
{
}

template class RendezvousChooser<uint32_t>;
template class RendezvousChooser<Address6>;
template class KernelChooser<uint32_t>;
template class KernelChooser<Address6>;
template class MaglevChooser<uint32_t>;
template class MaglevChooser<Address6>;

}  // namespace mimi

ELEMENT_PROVIDES(ChooserHash)
ELEMENT_REQUIRES(MaglevTable)
