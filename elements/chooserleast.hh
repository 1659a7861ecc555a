// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_CHOOSERLEAST_HH
#define MIMI_CHOOSERLEAST_HH
#include "chooser.hh"

// Who would have the fewest live flows for its weight with one flow more: the least (flows + 1) / weight. Among equals who was
// chosen longest ago, then the first in the order given, so that backends whose flows are short still take turns.
//
// A binary heap whose members know their place: a choice, and each flow that begins or ends, takes log n steps.

namespace mimi {

template <class A> class LeastChooser : public ChooserOf<A> {
  public:
    explicit LeastChooser(std::vector<Candidate> candidates);
    uint16_t choose(const FlowKeyOf<A> &key) override;
    void flows_changed(uint16_t slot, uint32_t flows) override;
    void succeed(const ChooserOf<A> *before, const std::vector<uint32_t> &flows) override;

  private:
    struct Member {
        uint64_t turn;  // when it was chosen last; 0: never
        uint32_t weight;
        uint32_t flows;
        uint16_t slot;
        uint16_t order;
    };
    std::vector<Member> _heap;
    std::vector<uint16_t> _place;  // of a slot in the heap; none: no candidate
    uint64_t _turn = 0;

    static bool before(const Member &a, const Member &b);
    void put(size_t place, const Member &m);
    void sift(size_t place);
    size_t rise(size_t place);
    void sink(size_t place);
    void arrange();
};

}  // namespace mimi
#endif
