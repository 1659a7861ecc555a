// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "chooser.hh"
#include "chooserhash.hh"
#include "chooserleast.hh"
#include "chooserturns.hh"

namespace mimi {

const uint16_t Chooser::none;

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

std::unique_ptr<Chooser> Chooser::make(Choose choose, std::vector<Candidate> candidates, const HashSpec &hash)
{
    const RendezvousChooser::By by = choose == Choose::source_hash ? RendezvousChooser::by_source : RendezvousChooser::by_flow;
    Chooser *made = nullptr;
    switch (choose) {
    case Choose::random: made = new RandomChooser(std::move(candidates), hash.seed); break;
    case Choose::round_robin: made = new TurnChooser(std::move(candidates)); break;
    case Choose::weighted: made = new WeightedChooser(std::move(candidates)); break;
    case Choose::least_connections: made = new LeastChooser(std::move(candidates)); break;
    case Choose::source_hash:
    case Choose::flow_hash:
        if (hash.kernel)
            made = new KernelChooser(std::move(candidates), uint32_t(hash.seed), by == RendezvousChooser::by_source);
        else
            made = new RendezvousChooser(std::move(candidates), hash.seed, by);
        break;
    case Choose::maglev: made = new MaglevChooser(std::move(candidates), hash.seed); break;
    }
    return std::unique_ptr<Chooser>(made);
}

}  // namespace mimi

ELEMENT_PROVIDES(Chooser)
ELEMENT_REQUIRES(ChooserHash ChooserLeast ChooserTurns)
