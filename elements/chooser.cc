// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "chooser.hh"
#include "chooserhash.hh"
#include "chooserleast.hh"
#include "chooserturns.hh"

namespace mimi {

template <class A> const uint16_t ChooserOf<A>::none;

namespace {

const char *const words[] = {
    "random", "round-robin", "weighted", "least-connections", "source-hash", "flow-hash", "maglev",
};
const unsigned n_words = sizeof(words) / sizeof(words[0]);

}  // namespace

const char *choose_word(Choose choose)
{
    return unsigned(choose) < n_words ? words[unsigned(choose)] : nullptr;
}

bool parse_choose(const std::string &word, Choose &choose)
{
    for (unsigned i = 0; i != n_words; ++i)
        if (word == words[i]) {
            choose = Choose(i);
            return true;
        }
    return false;
}

std::string choose_words()
{
    std::string all;
    for (unsigned i = 0; i != n_words; ++i)
        all += (i == 0 ? "" : i + 1 == n_words ? " or " : ", ") + std::string(words[i]);
    return all;
}

template <class A>
std::unique_ptr<ChooserOf<A>> ChooserOf<A>::make(Choose choose, std::vector<Candidate> candidates, const HashSpec &hash)
{
    const HashBy by = choose == Choose::source_hash ? HashBy::source : HashBy::flow;
    ChooserOf *made = nullptr;
    switch (choose) {
    case Choose::random: made = new RandomChooser<A>(std::move(candidates), hash.seed); break;
    case Choose::round_robin: made = new TurnChooser<A>(std::move(candidates)); break;
    case Choose::weighted: made = new WeightedChooser<A>(std::move(candidates)); break;
    case Choose::least_connections: made = new LeastChooser<A>(std::move(candidates)); break;
    case Choose::source_hash:
    case Choose::flow_hash:
        if (hash.kernel)
            made = new KernelChooser<A>(std::move(candidates), uint32_t(hash.seed), by);
        else
            made = new RendezvousChooser<A>(std::move(candidates), hash.seed, by);
        break;
    case Choose::maglev: made = new MaglevChooser<A>(std::move(candidates), hash.seed); break;
    }
    return std::unique_ptr<ChooserOf>(made);
}

template class ChooserOf<uint32_t>;
template class ChooserOf<Address6>;

}  // namespace mimi

ELEMENT_PROVIDES(Chooser)
ELEMENT_REQUIRES(ChooserHash ChooserLeast ChooserTurns)
