// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_CHOOSERTURNS_HH
#define MIMI_CHOOSERTURNS_HH
#include "chooser.hh"

// Choices that look at no flow: by chance, and by turns.

namespace mimi {

template <class A> class RandomChooser : public ChooserOf<A> {
  public:
    RandomChooser(std::vector<Candidate> candidates, uint64_t seed);
    uint16_t choose(const FlowKeyOf<A> &key) override;
    void succeed(const ChooserOf<A> *before, const std::vector<uint32_t> &flows) override;

  private:
    std::vector<Candidate> _candidates;
    std::vector<uint32_t> _ends;  // the weights, each added to those before; none if they are alike
    uint64_t _state;

    uint32_t below(uint32_t n);
};

// In the order given, from the one after the last.
template <class A> class TurnChooser : public ChooserOf<A> {
  public:
    explicit TurnChooser(std::vector<Candidate> candidates);
    uint16_t choose(const FlowKeyOf<A> &key) override;
    void succeed(const ChooserOf<A> *before, const std::vector<uint32_t> &flows) override;

  private:
    std::vector<Candidate> _candidates;
    size_t _next = 0;
};

// Smooth weighted turns. Everybody is credited with its weight; who has most is chosen and pays what all were given. So the
// credits always add up to 0, and in as many turns as the weights add up to everybody is chosen as often as it weighs.
template <class A> class WeightedChooser : public ChooserOf<A> {
  public:
    explicit WeightedChooser(std::vector<Candidate> candidates);
    uint16_t choose(const FlowKeyOf<A> &key) override;
    void succeed(const ChooserOf<A> *before, const std::vector<uint32_t> &flows) override;

  private:
    std::vector<Candidate> _candidates;
    std::vector<int64_t> _credit;
    int64_t _sum = 0;
};

}  // namespace mimi
#endif
