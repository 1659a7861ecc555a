// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "chooserleast.hh"
#include <algorithm>

namespace mimi {

template <class A> LeastChooser<A>::LeastChooser(std::vector<Candidate> candidates)
{
    for (const Candidate &c : candidates) {
        const Member m = {0, c.weight, 0, c.slot, uint16_t(_heap.size())};
        _heap.push_back(m);
        if (_place.size() <= c.slot)
            _place.resize(size_t(c.slot) + 1, uint16_t(ChooserOf<A>::none));
    }
    arrange();
}

template <class A> bool LeastChooser<A>::before(const Member &a, const Member &b)
{
    const uint64_t of_a = (uint64_t(a.flows) + 1) * b.weight, of_b = (uint64_t(b.flows) + 1) * a.weight;
    if (of_a != of_b)
        return of_a < of_b;
    return a.turn != b.turn ? a.turn < b.turn : a.order < b.order;
}

template <class A> void LeastChooser<A>::put(size_t place, const Member &m)
{
    _heap[place] = m;
    _place[m.slot] = uint16_t(place);
}

template <class A> size_t LeastChooser<A>::rise(size_t place)
{
    const Member m = _heap[place];
    for (; place != 0 && before(m, _heap[(place - 1) / 2]); place = (place - 1) / 2)
        put(place, _heap[(place - 1) / 2]);
    put(place, m);
    return place;
}

template <class A> void LeastChooser<A>::sink(size_t place)
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

template <class A> void LeastChooser<A>::sift(size_t place)
{
    sink(rise(place));
}

template <class A> void LeastChooser<A>::arrange()
{
    std::sort(_heap.begin(), _heap.end(), before);  // what is in order is a heap
    for (size_t i = 0; i != _heap.size(); ++i)
        _place[_heap[i].slot] = uint16_t(i);
}

template <class A> uint16_t LeastChooser<A>::choose(const FlowKeyOf<A> &)
{
    if (_heap.empty())
        return ChooserOf<A>::none;
    const uint16_t slot = _heap[0].slot;
    _heap[0].turn = ++_turn;
    sink(0);
    return slot;
}

template <class A> void LeastChooser<A>::flows_changed(uint16_t slot, uint32_t flows)
{
    if (slot >= _place.size() || _place[slot] == ChooserOf<A>::none)
        return;
    _heap[_place[slot]].flows = flows;
    sift(_place[slot]);
}

template <class A> void LeastChooser<A>::succeed(const ChooserOf<A> *before, const std::vector<uint32_t> &flows)
{
    const LeastChooser<A> *old = static_cast<const LeastChooser<A> *>(before);
    for (Member &m : _heap) {
        m.flows = m.slot < flows.size() ? flows[m.slot] : 0;
        if (old && m.slot < old->_place.size() && old->_place[m.slot] != ChooserOf<A>::none)
            m.turn = old->_heap[old->_place[m.slot]].turn;
    }
    if (old)
        _turn = old->_turn;
    arrange();
}

template class LeastChooser<uint32_t>;
template class LeastChooser<Address6>;

}  // namespace mimi

ELEMENT_PROVIDES(ChooserLeast)
