// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_CHOOSERHASH_HH
#define MIMI_CHOOSERHASH_HH
#include "choicehash.hh"
#include "chooser.hh"
#include "kernelhash.hh"
#include "maglevtable.hh"

// Choices that depend on the flow, the seed and the set of backends, and on nothing else.

namespace mimi {

// What of a flow decides.
enum class HashBy : uint8_t { source, flow };

// Rendezvous: every backend draws a number from the flow and its own name, and the best wins. So a backend that goes takes only
// its own flows with it, and one that comes takes only those that it wins. A draw is -log(u) / weight, u even between 0 and 1:
// then the least draw belongs to each as often as it weighs.
template <class A> class RendezvousChooser : public ChooserOf<A> {
  public:
    RendezvousChooser(std::vector<Candidate> candidates, uint64_t seed, HashBy by);
    uint16_t choose(const FlowKeyOf<A> &key) override;

  private:
    std::vector<Candidate> _candidates;
    ChoiceHash _hash;
    HashBy _by;
    bool _alike;  // all weigh the same: the larger number is the better draw

    uint64_t draw(uint64_t flow, const Candidate &c) const { return ChoiceHash::mix(flow ^ ChoiceHash::mix(c.identity)); }
};

// Where a Linux primary's rule sends the flow, `jhash ip saddr mod N seed S` or `jhash ip saddr . ip daddr . th sport . th dport
// mod N seed S`, with ip6 for IPv6: N is the sum of the weights, and the backends share the numbers in the order of the list. Who is barred keeps its
// numbers, for the primary does not know; its flows go to the next in the list.
template <class A> class KernelChooser : public ChooserOf<A> {
  public:
    KernelChooser(std::vector<Candidate> candidates, uint32_t seed, HashBy by);
    uint16_t choose(const FlowKeyOf<A> &key) override;

  private:
    std::vector<Candidate> _candidates;
    std::vector<uint32_t> _ends;  // the weights, each added to those before
    KernelHash _hash;
    HashBy _by;
};

template <class A> class MaglevChooser : public ChooserOf<A> {
  public:
    MaglevChooser(std::vector<Candidate> candidates, uint64_t seed);
    uint16_t choose(const FlowKeyOf<A> &key) override { return _table.find(_hash.flow(key)); }

  private:
    ChoiceHash _hash;
    MaglevTable _table;
};

}  // namespace mimi
#endif
