// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_CHOOSER_HH
#define MIMI_CHOOSER_HH
#include <cstdint>
#include <memory>
#include <string>
#include <vector>
#include "flowbinding.hh"

// The choice among the backends that a new flow may go to, one class for each word.
//
//   random             each as often as its weight says, by chance
//   round-robin        each in turn, whatever it weighs
//   weighted           in turn by weight, the turns of the heavy spread out between those of the light
//   least-connections  who has the fewest live flows for its weight; among equals who has waited longest
//   source-hash        by the client's address: a client stays with its backend (rendezvous hashing, by weight)
//   flow-hash          by the whole 5-tuple (the same)
//   maglev             by the whole 5-tuple, looked up in a table (maglevtable.hh)
//
// source-hash and flow-hash can be those of a Linux primary instead (kernelhash.hh), so that both place alike without a word.
//
// When the set changes, the three hashes move few flows that they need not move: rendezvous none at all, but its choice takes
// a step for each backend; Maglev one in some hundreds, and its choice takes one step however many there are.
//
// A chooser is made for one list of candidates. Making it may take a while and is done where nobody waits; succeed() is short.

namespace mimi {

enum class Choose : uint8_t { random, round_robin, weighted, least_connections, source_hash, flow_hash, maglev };

// Null for an unknown word's number; false for an unknown word.
const char *choose_word(Choose choose);
bool parse_choose(const std::string &word, Choose &choose);
// All of them, as an error message lists them.
std::string choose_words();

// One backend that new flows may go to.
struct Candidate {
    uint64_t identity;  // ChoiceHash::identity()
    uint32_t weight;    // from 1
    uint16_t slot;      // what choose() returns
    bool barred;        // gets none at present; only a chooser that goes by positions is told of those
};

// Which function the hashes are made with, and what it begins with.
struct HashSpec {
    uint64_t seed;
    bool kernel;  // as nftables does: by position, and then flows move when the number of backends changes
};

// `A`: the type of the flows' addresses.
template <class A> class ChooserOf {
  public:
    typedef FlowKeyOf<A> Key;
    static const uint16_t none = 0xffff;

    virtual ~ChooserOf() {}

    // A slot, or `none` without candidates.
    virtual uint16_t choose(const Key &key) = 0;
    // The slot's number of live flows is another now.
    virtual void flows_changed(uint16_t slot, uint32_t flows)
    {
        (void)slot;
        (void)flows;
    }
    // Takes over whose turn it is from the chooser before, which is of the same kind or null. `flows` are those of every slot.
    virtual void succeed(const ChooserOf *before, const std::vector<uint32_t> &flows)
    {
        (void)before;
        (void)flows;
    }

    static std::unique_ptr<ChooserOf> make(Choose choose, std::vector<Candidate> candidates, const HashSpec &hash);
};
typedef ChooserOf<uint32_t> Chooser;
typedef ChooserOf<Address6> Chooser6;

}  // namespace mimi
#endif
