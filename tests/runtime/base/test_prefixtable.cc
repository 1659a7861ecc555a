// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/base/harness.hh"
#include "runtime/elements/ip/prefixtable.hh"
#include <atomic>
#include <thread>

static PrefixTable::Prefix prefix(uint32_t address, int length)
{
    return PrefixTable::make_prefix(IPAddress(htonl(address)), IPAddress::make_prefix(length));
}

// A route whose parts belong together, for an address whose prefixes say so.
static PrefixTable::Route route(uint32_t n)
{
    PrefixTable::Route r;
    r.gateway = IPAddress(htonl(0xC0000000u + n));
    r.port = static_cast<int>(n);
    return r;
}

static bool is_whole(const PrefixTable::Route &r)
{
    return !r ? r == PrefixTable::Route() : r == route(static_cast<uint32_t>(r.port));
}

// Random changes, checked after each against the longest prefix found by going through all of them.
TEST(prefix_table_against_plain_search)
{
    Random random(21);
    PrefixTable table;
    PrefixTable::Routes model;
    for (int round = 0; round < 20000; ++round) {
        // Few addresses, so that prefixes hide one another.
        const PrefixTable::Prefix p = prefix(random.below(4) << 24 | random.below(3) << 16 | random.below(3) << 6, static_cast<int>(random.below(33)));
        if (random.below(3000) == 0) {
            table.clear();
            model.clear();
        } else if (random.below(2)) {
            const PrefixTable::Route r = route(random.below(9));
            table.set(p, r);
            model[p] = r;
        } else
            CHECK_EQUAL(table.erase(p), model.erase(p) != 0);
        const uint32_t address = random.below(4) << 24 | random.below(3) << 16 | random.below(256);
        PrefixTable::Route expected;
        int longest = -1;
        for (const auto &[known, r] : model)
            if (prefix(address, known.length) == known && known.length > longest) {
                longest = known.length;
                expected = r;
            }
        CHECK(table.find(IPAddress(htonl(address))) == expected);
        CHECK(table.routes() == model);
    }
}

TEST(prefix_table_read_while_it_changes)
{
    PrefixTable table;
    std::atomic<bool> over{false};
    std::atomic<bool> broken{false};
    std::atomic<int> looked{0};
    // 10.0.0.0/8 stays; all else comes and goes.
    table.set(prefix(10u << 24, 8), route(1));
    auto read = [&] {
        Random random(23);
        while (!over) {
            const PrefixTable::Route r = table.find(IPAddress(htonl(10u << 24 | random.below(1 << 24))));
            if (!r || !is_whole(r) || !is_whole(table.find(IPAddress(htonl(static_cast<uint32_t>(random.next()))))))
                broken = true;
            ++looked;
        }
    };
    std::thread first(read), second(read);
    Random random(22);
    for (uint32_t round = 0; round < 30000 || looked < 1000; ++round) {
        const int length = 9 + static_cast<int>(random.below(24));
        const PrefixTable::Prefix p = prefix(10u << 24 | random.below(1 << 24), length);
        table.set(p, route(2 + random.below(1000)));
        if (random.below(3))
            table.erase(p);
        if (round % 5000 == 4999) {
            table.set(prefix(0, 0), route(7));
            table.erase(prefix(0, 0));
        }
    }
    over = true;
    first.join();
    second.join();
    CHECK(!broken);
}
