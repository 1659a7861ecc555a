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

RandomChooser::RandomChooser(std::vector<Candidate> candidates, uint64_t seed)
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
uint32_t RandomChooser::below(uint32_t n)
{
    for (;;) {
        const uint64_t product = (ChoiceHash::mix(_state++) >> 32) * n;
        if (uint32_t(product) >= (uint32_t(0) - n) % n)
            return uint32_t(product >> 32);
    }
}

uint16_t RandomChooser::choose(const FlowKey &)
{
    if (_candidates.empty())
        return none;
    if (_ends.empty())
        return _candidates[below(uint32_t(_candidates.size()))].slot;
    const uint32_t drawn = below(_ends.back());
    const size_t i = size_t(std::upper_bound(_ends.begin(), _ends.end(), drawn) - _ends.begin());
    return _candidates[i].slot;
}

void RandomChooser::succeed(const Chooser *before, const std::vector<uint32_t> &)
{
    if (before)
        _state = static_cast<const RandomChooser *>(before)->_state;
}

TurnChooser::TurnChooser(std::vector<Candidate> candidates) : _candidates(std::move(candidates)) {}

uint16_t TurnChooser::choose(const FlowKey &)
{
    if (_candidates.empty())
        return none;
    const uint16_t slot = _candidates[_next].slot;
    _next = (_next + 1) % _candidates.size();
    return slot;
}

// The next is the first after the last one that is still here.
void TurnChooser::succeed(const Chooser *before, const std::vector<uint32_t> &)
{
    const TurnChooser *old = static_cast<const TurnChooser *>(before);
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

WeightedChooser::WeightedChooser(std::vector<Candidate> candidates)
    : _candidates(std::move(candidates)), _credit(_candidates.size(), 0)
{
    for (const Candidate &c : _candidates)
        _sum += c.weight;
}

uint16_t WeightedChooser::choose(const FlowKey &)
{
    if (_candidates.empty())
        return none;
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
void WeightedChooser::succeed(const Chooser *before, const std::vector<uint32_t> &)
{
    const WeightedChooser *old = static_cast<const WeightedChooser *>(before);
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

}  // namespace mimi

ELEMENT_PROVIDES(ChooserTurns)
