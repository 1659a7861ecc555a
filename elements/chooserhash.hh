// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_CHOOSERHASH_HH
#define MIMI_CHOOSERHASH_HH
#include "choicehash.hh"
#include "chooser.hh"
#include "kernelhash.hh"
#include "maglevtable.hh"

// Choices that depend on the flow, the seed and the set of backends, and on nothing else.

namespace mimi {

// Rendezvous: every backend draws a number from the flow and its own name, and the best wins. So a backend that goes takes only
// its own flows with it, and one that comes takes only those that it wins. A draw is -log(u) / weight, u even between 0 and 1:
// then the least draw belongs to each as often as it weighs.
class RendezvousChooser : public Chooser {
  public:
    enum By { by_source, by_flow };

    RendezvousChooser(std::vector<Candidate> candidates, uint64_t seed, By by);
    uint16_t choose(const FlowKey &key) override;

  private:
    std::vector<Candidate> _candidates;
    ChoiceHash _hash;
    By _by;
    bool _alike;  // all weigh the same: the larger number is the better draw

    uint64_t draw(uint64_t flow, const Candidate &c) const { return ChoiceHash::mix(flow ^ ChoiceHash::mix(c.identity)); }
};

// Where a Linux primary's rule sends the flow, `jhash ip saddr mod N seed S` or `jhash ip saddr . ip daddr . th sport . th dport
// mod N seed S`: N is the sum of the weights, and the backends share the numbers in the order of the list. Who is barred keeps its
// numbers, for the primary does not know; its flows go to the next in the list.
class KernelChooser : public Chooser {
  public:
    KernelChooser(std::vector<Candidate> candidates, uint32_t seed, bool by_source);
    uint16_t choose(const FlowKey &key) override;

  private:
    std::vector<Candidate> _candidates;
    std::vector<uint32_t> _ends;  // the weights, each added to those before
    KernelHash _hash;
    bool _by_source;
};

class MaglevChooser : public Chooser {
  public:
    MaglevChooser(std::vector<Candidate> candidates, uint64_t seed);
    uint16_t choose(const FlowKey &key) override { return _table.find(_hash.flow(key)); }

  private:
    ChoiceHash _hash;
    MaglevTable _table;
};

}  // namespace mimi
#endif
