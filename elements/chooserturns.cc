// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "chooserturns.hh"
#include <algorithm>
#include "choicehash.hh"

namespace mimi {

namespace {

bool by_slot(const Candidate &a, const Candidate &b)
{
    return a.slot < b.slot;
}

std::vector<Candidate> in_order(std::vector<Candidate> candidates)
{
    std::sort(candidates.begin(), candidates.end(), by_slot);
    return candidates;
}

}  // namespace

RandomChooser::RandomChooser(std::vector<Candidate> candidates, uint64_t seed)
    : _candidates(in_order(std::move(candidates))), _state(seed)
{
    uint32_t end = 0;
    for (const Candidate &c : _candidates)
        _ends.push_back(end += c.weight);
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
    const uint32_t drawn = below(_ends.back());
    const size_t i = size_t(std::upper_bound(_ends.begin(), _ends.end(), drawn) - _ends.begin());
    return _candidates[i].slot;
}

void RandomChooser::succeed(const Chooser *before, const std::vector<uint32_t> &)
{
    if (before)
        _state = static_cast<const RandomChooser *>(before)->_state;
}

TurnChooser::TurnChooser(std::vector<Candidate> candidates) : _candidates(in_order(std::move(candidates))) {}

uint16_t TurnChooser::choose(const FlowKey &)
{
    if (_candidates.empty())
        return none;
    _last = _candidates[_next].slot;
    _next = (_next + 1) % _candidates.size();
    return _last;
}

void TurnChooser::succeed(const Chooser *before, const std::vector<uint32_t> &)
{
    const TurnChooser *old = static_cast<const TurnChooser *>(before);
    if (!old || old->_last == none || _candidates.empty())
        return;
    _last = old->_last;
    const Candidate last = {0, 1, _last};
    const auto next = std::upper_bound(_candidates.begin(), _candidates.end(), last, by_slot);
    _next = size_t(next - _candidates.begin()) % _candidates.size();
}

WeightedChooser::WeightedChooser(std::vector<Candidate> candidates)
    : _candidates(in_order(std::move(candidates))), _credit(_candidates.size(), 0)
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
    size_t j = 0;
    for (size_t i = 0; i != _candidates.size(); ++i) {
        while (j != old->_candidates.size() && by_slot(old->_candidates[j], _candidates[i]))
            ++j;
        if (j != old->_candidates.size() && old->_candidates[j].slot == _candidates[i].slot)
            _credit[i] = std::max(-_sum, std::min(_sum, old->_credit[j]));
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
