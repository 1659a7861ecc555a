// SPDX-License-Identifier: Apache-2.0
// The choosers against what they promise, and against second, stupid implementations where there is something to compare.
// Usage: chooser_check NAME FAMILY SEED, the family 4 or 6. Prints figures and ends with 0, or prints what is wrong and ends with 1.
#include <algorithm>
#include <arpa/inet.h>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>
#include "elements/chooser.hh"
#include "elements/maglevtable.hh"

using namespace mimi;

namespace {

std::mt19937_64 entropy;

void check(bool right, const char *what)
{
    if (right)
        return;
    printf("wrong: %s\n", what);
    exit(1);
}

void set_address(uint32_t &a, uint32_t n)
{
    a = htonl(n);
}

// 2001:db8:a::/96 with the number behind it.
void set_address(Address6 &a, uint32_t n)
{
    a = Address6{{htonl(0x20010db8), htonl(0x000a0000), 0, htonl(n)}};
}

// All of it, for flows of either family.
template <class A> struct Checks {

typedef ChooserOf<A> Choosing;

static FlowKeyOf<A> flow(uint64_t n)
{
    const uint64_t z = ChoiceHash::mix(n);
    FlowKeyOf<A> key = FlowKeyOf<A>();
    set_address(key.tuple.saddr, uint32_t(z));
    set_address(key.tuple.daddr, 0x0a010064);
    key.tuple.sport = htons(uint16_t(z >> 32));
    key.tuple.dport = htons(80);
    key.proto = proto_tcp;
    return key;
}

static std::vector<Candidate> backends(size_t n, uint32_t heaviest = 1)
{
    std::vector<Candidate> all;
    for (size_t i = 0; i != n; ++i) {
        A addr;
        set_address(addr, uint32_t(0x0a020000 + i * 7 + 1));
        all.push_back(Candidate{ChoiceHash::identity(addr, htons(8080)),
                                uint32_t(1 + (heaviest > 1 ? entropy() % heaviest : 0)), uint16_t(i), false});
    }
    return all;
}

static std::vector<uint16_t> choices(Choosing &c, size_t flows)
{
    std::vector<uint16_t> all;
    for (size_t i = 0; i != flows; ++i)
        all.push_back(c.choose(flow(i)));
    return all;
}

// The share of flows that move when a set becomes another, and the share that had to: those of who went, or, when somebody
// came, as many as its weight earns.
struct Moved {
    double all, must;
};

static Moved moved(Choose choose, const std::vector<Candidate> &before, const std::vector<Candidate> &after, uint64_t seed)
{
    const size_t flows = 200000;
    const auto a = choices(*Choosing::make(choose, before, HashSpec{seed, false}), flows), b = choices(*Choosing::make(choose, after, HashSpec{seed, false}), flows);
    size_t moves = 0, must = 0;
    for (size_t i = 0; i != flows; ++i) {
        auto has = [&](const std::vector<Candidate> &set, uint16_t slot) {
            return std::any_of(set.begin(), set.end(), [&](const Candidate &c) { return c.slot == slot; });
        };
        moves += a[i] != b[i];
        must += !has(after, a[i]) || !has(before, b[i]);
    }
    return Moved{double(moves) / double(flows), double(must) / double(flows)};
}

// One of 100 goes, or comes: how many flows move beyond those that must?
static void few_flows_move(uint64_t seed)
{
    for (Choose choose : {Choose::maglev, Choose::flow_hash, Choose::source_hash}) {
        double worst = 0, sum = 0;
        const int rounds = choose == Choose::maglev ? 10 : 3;
        for (int round = 0; round != rounds; ++round) {
            const auto all = backends(100, round % 2 ? 4 : 1);
            auto fewer = all;
            fewer.erase(fewer.begin() + long(entropy() % 100));
            for (const Moved &m : {moved(choose, all, fewer, seed), moved(choose, fewer, all, seed)}) {
                check(m.must > 0, "nobody's flows had to move");
                check(choose == Choose::maglev || m.all == m.must, "rendezvous moves what it need not");
                worst = std::max(worst, m.all - m.must);
                sum += m.all - m.must;
            }
        }
        printf("%s: moved beyond the least, of all flows: mean %.4f %%, worst %.4f %%\n", choose_word(choose), sum / (2 * rounds) * 100,
               worst * 100);
        check(worst <= 0.01, "more than 1 % of all flows move without need");
    }
}

// Everybody gets what its weight earns.
static void shares_follow_weights(uint64_t seed)
{
    const size_t flows = 300000;
    for (int word = 0; choose_word(Choose(word)); ++word) {
        const Choose choose = Choose(word);
        if (choose == Choose::least_connections || choose == Choose::round_robin)
            continue;
        const auto set = backends(10, 5);
        double sum = 0;
        for (const Candidate &c : set)
            sum += c.weight;
        std::vector<size_t> got(set.size());
        for (uint16_t slot : choices(*Choosing::make(choose, set, HashSpec{seed, false}), flows))
            ++got[slot];
        double worst = 0;
        for (const Candidate &c : set)
            worst = std::max(worst, std::fabs(double(got[c.slot]) / (double(flows) * c.weight / sum) - 1));
        printf("%s: farthest from its share: %.2f %%\n", choose_word(choose), worst * 100);
        check(worst < 0.05, "a backend's flows are not what it weighs");
    }
}

static void maglev_is_even_and_depends_on_the_set_alone(uint64_t seed)
{
    for (size_t n : {1, 2, 3, 7, 100, 700}) {
        auto set = backends(n);
        const ChoiceHash hash(seed);
        const MaglevTable table(set, hash, MaglevTable::size_for(n));
        std::vector<size_t> entries(n);
        for (uint32_t i = 0; i != table.size(); ++i)
            ++entries[table[i]];
        const auto ends = std::minmax_element(entries.begin(), entries.end());
        check(*ends.second - *ends.first <= 1, "entries differ by more than one");
        std::shuffle(set.begin(), set.end(), entropy);
        const MaglevTable again(set, hash, table.size());
        for (uint32_t i = 0; i != table.size(); ++i)
            check(table[i] == again[i], "the table depends on the order of its backends");
    }
    for (uint32_t size : {uint32_t(MaglevTable::usual_size), uint32_t(MaglevTable::large_size)})
        for (uint32_t d = 2; d * d <= size; ++d)
            check(size % d != 0, "a table's size is no prime");
    check(MaglevTable({}, ChoiceHash(seed), 7).find(12) == Chooser::none, "somebody is chosen among nobody");
}

// As the paper says it, step by step, for equal weights.
static void maglev_is_the_papers(uint64_t seed)
{
    const uint32_t size = 251;
    auto set = backends(12);
    std::sort(set.begin(), set.end(), [](const Candidate &a, const Candidate &b) { return a.identity < b.identity; });
    const ChoiceHash hash(seed);
    std::vector<std::vector<uint32_t>> permutation;
    for (const Candidate &c : set) {
        const uint64_t offset = hash({c.identity, 1}) % size, skip = hash({c.identity, 2}) % (size - 1) + 1;
        permutation.emplace_back();
        for (uint64_t j = 0; j != size; ++j)
            permutation.back().push_back(uint32_t((offset + j * skip) % size));
    }
    std::vector<int> entry(size, -1);
    std::vector<size_t> next(set.size(), 0);
    for (size_t filled = 0; filled != size;)
        for (size_t i = 0; i != set.size() && filled != size; ++i) {
            while (entry[permutation[i][next[i]]] >= 0)
                ++next[i];
            entry[permutation[i][next[i]]] = set[i].slot;
            ++filled;
        }
    const MaglevTable table(set, hash, size);
    for (uint32_t i = 0; i != size; ++i)
        check(table[i] == entry[i], "the table is not the paper's");
}

// A round of `weighted` gives everybody exactly its weight, and the heavy never wait much longer than they must.
static void weighted_turns_are_smooth(uint64_t)
{
    const Candidate five[] = {{1, 5, 0, false}, {2, 1, 1, false}, {3, 1, 2, false}};
    auto c = Choosing::make(Choose::weighted, std::vector<Candidate>(five, five + 3), HashSpec{0, false});
    std::string order;
    for (uint16_t slot : choices(*c, 7))
        order += char('a' + slot);
    check(order == "aabacaa", "5, 1, 1 take other turns");
    for (int round = 0; round != 50; ++round) {
        const auto set = backends(1 + entropy() % 20, 9);
        size_t sum = 0;
        for (const Candidate &b : set)
            sum += b.weight;
        auto turns = Choosing::make(Choose::weighted, set, HashSpec{0, false});
        for (int again = 0; again != 3; ++again) {
            std::map<uint16_t, size_t> got;
            for (uint16_t slot : choices(*turns, sum))
                ++got[slot];
            for (const Candidate &b : set)
                check(got[b.slot] == b.weight, "a round is not what the weights say");
        }
    }
}

// Random beginnings, ends and changes of the set, and a linear search beside them.
static void least_connections_is_a_search(uint64_t)
{
    struct Row {
        uint32_t weight, flows;
        uint64_t turn;
    };
    std::map<uint16_t, Row> rows;
    std::vector<uint32_t> flows(40, 0);
    std::vector<Candidate> set = backends(40, 7);
    for (const Candidate &b : set)
        rows[b.slot] = Row{b.weight, 0, 0};
    auto chooser = Choosing::make(Choose::least_connections, set, HashSpec{0, false});
    std::vector<uint16_t> live;
    uint64_t turn = 0;
    for (int step = 0; step != 20000; ++step) {
        if (entropy() % 100 < 55 || live.empty()) {
            const auto best = std::min_element(rows.begin(), rows.end(), [](const std::pair<const uint16_t, Row> &a, const std::pair<const uint16_t, Row> &b) {
                const uint64_t of_a = uint64_t(a.second.flows + 1) * b.second.weight, of_b = uint64_t(b.second.flows + 1) * a.second.weight;
                return of_a != of_b ? of_a < of_b : a.second.turn != b.second.turn ? a.second.turn < b.second.turn : a.first < b.first;
            });
            const uint16_t slot = chooser->choose(flow(uint64_t(step)));
            check(slot == best->first, "another has fewer flows for its weight");
            best->second.turn = ++turn;
            best->second.flows = ++flows[slot];
            chooser->flows_changed(slot, flows[slot]);
            live.push_back(slot);
        } else {
            std::swap(live[entropy() % live.size()], live.back());
            const uint16_t slot = live.back();
            live.pop_back();
            chooser->flows_changed(slot, --flows[slot]);
            if (rows.count(slot))
                rows[slot].flows = flows[slot];
        }
        if (step % 500 == 0) {
            std::vector<Candidate> next;
            for (const Candidate &b : set)
                if (entropy() % 4)
                    next.push_back(Candidate{b.identity, uint32_t(1 + entropy() % 7), b.slot, false});
            auto fresh = Choosing::make(Choose::least_connections, next, HashSpec{0, false});
            fresh->succeed(chooser.get(), flows);
            chooser = std::move(fresh);
            std::map<uint16_t, Row> before;
            before.swap(rows);
            for (const Candidate &b : next)
                rows[b.slot] = Row{b.weight, flows[b.slot], before.count(b.slot) ? before[b.slot].turn : 0};
        }
    }
}

static void turns_go_on_when_the_set_changes(uint64_t)
{
    auto set = backends(4);
    auto turns = Choosing::make(Choose::round_robin, set, HashSpec{0, false});
    check(choices(*turns, 6) == std::vector<uint16_t>({0, 1, 2, 3, 0, 1}), "turns are not taken in order");
    set.erase(set.begin() + 1);  // 0, 2, 3, and the last was 1
    auto fewer = Choosing::make(Choose::round_robin, set, HashSpec{0, false});
    fewer->succeed(turns.get(), {});
    check(choices(*fewer, 4) == std::vector<uint16_t>({2, 3, 0, 2}), "the turn does not go on after the one before");
    for (int word = 0; word != 7; ++word) {
        auto nobody = Choosing::make(Choose(word), {}, HashSpec{1, false});
        nobody->succeed(nullptr, {});
        check(nobody->choose(flow(1)) == Chooser::none, "somebody is chosen among nobody");
    }
}

static void run(const std::string &name, uint64_t seed)
{
    const std::map<std::string, void (*)(uint64_t)> checks = {
        {"few_flows_move", few_flows_move},
        {"shares_follow_weights", shares_follow_weights},
        {"maglev_is_even_and_depends_on_the_set_alone", maglev_is_even_and_depends_on_the_set_alone},
        {"maglev_is_the_papers", maglev_is_the_papers},
        {"weighted_turns_are_smooth", weighted_turns_are_smooth},
        {"least_connections_is_a_search", least_connections_is_a_search},
        {"turns_go_on_when_the_set_changes", turns_go_on_when_the_set_changes},
    };
    if (!checks.count(name))
        exit(2);
    checks.at(name)(seed);
}

};

}  // namespace

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    const uint64_t seed = strtoull(argv[3], nullptr, 10);
    entropy.seed(seed);
    if (*argv[2] == '6')
        Checks<Address6>::run(argv[1], seed);
    else
        Checks<uint32_t>::run(argv[1], seed);
    return 0;
}
