// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "chooserturns.hh"
#include <algorithm>
#include <unordered_map>
#include "choicehash.hh"

namespace mimi {

namespace {

// Where the slot is in the list; the list's size: nowhere.
size_t place_of(const std::vector<Candidate> &all, uint16_t slot)
{
    size_t i = 0;
    while (i != all.size() && all[i].slot != slot)
        ++i;
    return i;
}

}  // namespace

template <class A> RandomChooser<A>::RandomChooser(std::vector<Candidate> candidates, uint64_t seed)
    : _candidates(std::move(candidates)), _state(seed)
{
    uint32_t end = 0;
    bool alike = true;
    for (const Candidate &c : _candidates) {
        _ends.push_back(end += c.weight);
        alike &= c.weight == _candidates[0].weight;
    }
    if (alike)
        _ends.clear();
}

// Multiplication instead of division; what would make a value likelier than another is drawn again.
template <class A> uint32_t RandomChooser<A>::below(uint32_t n)
{
    for (;;) {
        const uint64_t product = (ChoiceHash::mix(_state++) >> 32) * n;
        if (uint32_t(product) >= (uint32_t(0) - n) % n)
            return uint32_t(product >> 32);
    }
}

template <class A> uint16_t RandomChooser<A>::choose(const FlowKeyOf<A> &)
{
    if (_candidates.empty())
        return ChooserOf<A>::none;
    if (_ends.empty())
        return _candidates[below(uint32_t(_candidates.size()))].slot;
    const uint32_t drawn = below(_ends.back());
    const size_t i = size_t(std::upper_bound(_ends.begin(), _ends.end(), drawn) - _ends.begin());
    return _candidates[i].slot;
}

template <class A> void RandomChooser<A>::succeed(const ChooserOf<A> *before, const std::vector<uint32_t> &)
{
    if (before)
        _state = static_cast<const RandomChooser<A> *>(before)->_state;
}

template <class A> TurnChooser<A>::TurnChooser(std::vector<Candidate> candidates) : _candidates(std::move(candidates)) {}

template <class A> uint16_t TurnChooser<A>::choose(const FlowKeyOf<A> &)
{
    if (_candidates.empty())
        return ChooserOf<A>::none;
    const uint16_t slot = _candidates[_next].slot;
    _next = (_next + 1) % _candidates.size();
    return slot;
}

// The next is the first after the last one that is still here.
template <class A> void TurnChooser<A>::succeed(const ChooserOf<A> *before, const std::vector<uint32_t> &)
{
    const TurnChooser<A> *old = static_cast<const TurnChooser<A> *>(before);
    if (!old)
        return;
    for (size_t i = 0; i != old->_candidates.size(); ++i) {
        const size_t place = place_of(_candidates, old->_candidates[(old->_next + i) % old->_candidates.size()].slot);
        if (place != _candidates.size()) {
            _next = place;
            return;
        }
    }
}

template <class A> WeightedChooser<A>::WeightedChooser(std::vector<Candidate> candidates)
    : _candidates(std::move(candidates)), _credit(_candidates.size(), 0)
{
    for (const Candidate &c : _candidates)
        _sum += c.weight;
}

template <class A> uint16_t WeightedChooser<A>::choose(const FlowKeyOf<A> &)
{
    if (_candidates.empty())
        return ChooserOf<A>::none;
    size_t most = 0;
    for (size_t i = 0; i != _candidates.size(); ++i) {
        _credit[i] += _candidates[i].weight;
        if (_credit[i] > _credit[most])
            most = i;
    }
    _credit[most] -= _sum;
    return _candidates[most].slot;
}

// Who stays keeps its credit, within what it could have earned in this set; then all give or take alike until the sum is 0.
template <class A> void WeightedChooser<A>::succeed(const ChooserOf<A> *before, const std::vector<uint32_t> &)
{
    const WeightedChooser<A> *old = static_cast<const WeightedChooser<A> *>(before);
    if (!old || _candidates.empty())
        return;
    int64_t all = 0;
    std::unordered_map<uint16_t, int64_t> credits;
    for (size_t i = 0; i != old->_candidates.size(); ++i)
        credits[old->_candidates[i].slot] = old->_credit[i];
    for (size_t i = 0; i != _candidates.size(); ++i) {
        const auto earned = credits.find(_candidates[i].slot);
        if (earned != credits.end())
            _credit[i] = std::max(-_sum, std::min(_sum, earned->second));
        all += _credit[i];
    }
    const int64_t n = int64_t(_candidates.size()), share = all / n;
    int64_t rest = all - share * n;
    for (int64_t &credit : _credit) {
        credit -= share;
        if (rest != 0) {
            const int64_t step = rest > 0 ? 1 : -1;
            credit -= step;
            rest -= step;
        }
    }
}

template class RandomChooser<uint32_t>;
template class RandomChooser<Address6>;
template class TurnChooser<uint32_t>;
template class TurnChooser<Address6>;
template class WeightedChooser<uint32_t>;
template class WeightedChooser<Address6>;

}  // namespace mimi

ELEMENT_PROVIDES(ChooserTurns)
