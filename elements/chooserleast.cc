// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "chooserleast.hh"
#include <algorithm>

namespace mimi {

LeastChooser::LeastChooser(std::vector<Candidate> candidates)
{
    for (const Candidate &c : candidates) {
        const Member m = {0, c.weight, 0, c.slot, uint16_t(_heap.size())};
        _heap.push_back(m);
        if (_place.size() <= c.slot)
            _place.resize(size_t(c.slot) + 1, uint16_t(none));
    }
    arrange();
}

bool LeastChooser::before(const Member &a, const Member &b)
{
    const uint64_t of_a = (uint64_t(a.flows) + 1) * b.weight, of_b = (uint64_t(b.flows) + 1) * a.weight;
    if (of_a != of_b)
        return of_a < of_b;
    return a.turn != b.turn ? a.turn < b.turn : a.order < b.order;
}

void LeastChooser::put(size_t place, const Member &m)
{
    _heap[place] = m;
    _place[m.slot] = uint16_t(place);
}

size_t LeastChooser::rise(size_t place)
{
    const Member m = _heap[place];
    for (; place != 0 && before(m, _heap[(place - 1) / 2]); place = (place - 1) / 2)
        put(place, _heap[(place - 1) / 2]);
    put(place, m);
    return place;
}

void LeastChooser::sink(size_t place)
{
    const Member m = _heap[place];
    for (size_t child; (child = 2 * place + 1) < _heap.size(); place = child) {
        if (child + 1 < _heap.size() && before(_heap[child + 1], _heap[child]))
            ++child;
        if (!before(_heap[child], m))
            break;
        put(place, _heap[child]);
    }
    put(place, m);
}

void LeastChooser::sift(size_t place)
{
    sink(rise(place));
}

void LeastChooser::arrange()
{
    std::sort(_heap.begin(), _heap.end(), before);  // what is in order is a heap
    for (size_t i = 0; i != _heap.size(); ++i)
        _place[_heap[i].slot] = uint16_t(i);
}

uint16_t LeastChooser::choose(const FlowKey &)
{
    if (_heap.empty())
        return none;
    const uint16_t slot = _heap[0].slot;
    _heap[0].turn = ++_turn;
    sink(0);
    return slot;
}

void LeastChooser::flows_changed(uint16_t slot, uint32_t flows)
{
    if (slot >= _place.size() || _place[slot] == none)
        return;
    _heap[_place[slot]].flows = flows;
    sift(_place[slot]);
}

void LeastChooser::succeed(const Chooser *before, const std::vector<uint32_t> &flows)
{
    const LeastChooser *old = static_cast<const LeastChooser *>(before);
    for (Member &m : _heap) {
        m.flows = m.slot < flows.size() ? flows[m.slot] : 0;
        if (old && m.slot < old->_place.size() && old->_place[m.slot] != none)
            m.turn = old->_heap[old->_place[m.slot]].turn;
    }
    if (old)
        _turn = old->_turn;
    arrange();
}

}  // namespace mimi

ELEMENT_PROVIDES(ChooserLeast)
