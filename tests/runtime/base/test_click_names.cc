// SPDX-License-Identifier: Apache-2.0
// What Click's headers offer beyond the everyday: wide arithmetic, list positions, buckets, error contexts.
#include "tests/runtime/base/harness.hh"
#include <click/bigint.hh>
#include <click/bitvector.hh>
#include <click/deque.hh>
#include <click/integers.hh>
#include <click/list.hh>
#include <click/tokenbucket.hh>

TEST(bigint_agrees_with_wider_integers)
{
    Random random(7);
    for (int i = 0; i < 20000; ++i) {
        const uint64_t a = random.next(), b = random.next();
        const uint32_t small = static_cast<uint32_t>(random.next()) | 1;
        const uint32_t ax[2] = {static_cast<uint32_t>(a), static_cast<uint32_t>(a >> 32)};
        uint32_t high, low, x[2] = {0, 0};
        bigint::add(high, low, ax[1], ax[0], static_cast<uint32_t>(b >> 32), static_cast<uint32_t>(b));
        CHECK((uint64_t{high} << 32 | low) == a + b);
        bigint::multiply_add(x, ax, 2, small);
        CHECK((uint64_t{x[1]} << 32 | x[0]) == a * small);
        const uint32_t rest = bigint::divide(x, ax, 2, small);
        CHECK((uint64_t{x[1]} << 32 | x[0]) == a / small && rest == a % small);
        CHECK_EQUAL(bigint::unparse_clear(x, 2), String(a / small));
    }
}

TEST(int_remainder_rounds_down)
{
    int32_t quotient;
    for (int32_t a = -50; a <= 50; ++a)
        for (uint32_t b = 1; b < 9; ++b) {
            const int32_t rest = int_remainder(a, b, quotient);
            CHECK(rest >= 0 && rest < static_cast<int32_t>(b));
            CHECK_EQUAL(quotient * static_cast<int32_t>(b) + rest, a);
        }
    uint32_t whole;
    CHECK_EQUAL(int_remainder(17u, 5u, whole), 2u);
    CHECK_EQUAL(whole, 3u);
}

struct Entry {
    int value = 0;
    List_member<Entry> link;
};

TEST(list_positions_move_both_ways)
{
    Entry entries[5];
    List<Entry, &Entry::link> list;
    for (int i = 0; i < 5; ++i) {
        entries[i].value = i;
        list.push_back(&entries[i]);
    }
    auto last = list.end() - 1;
    CHECK_EQUAL(last->value, 4);
    CHECK_EQUAL((list.begin() + 2)->value, 2);
    CHECK((last - 4) == list.begin());
    list.erase(list.begin() + 2);
    CHECK_EQUAL((list.end() - 2)->value, 3);
    CHECK_EQUAL(list.size(), size_t{4});
}

TEST(bitvector_always_has_a_word)
{
    Bitvector bits;
    CHECK_EQUAL(bits.words()[0], uint64_t{0});
    CHECK_EQUAL(bits.max_word(), -1);
    bits.resize(70);
    bits[0] = bits[69] = true;
    CHECK_EQUAL(bits.max_word(), 1);
    bits.resize(0);
    CHECK_EQUAL(bits.words()[0], uint64_t{0});
    bits.negate();
    CHECK(bits.zero());
}

TEST(tokenbucket_starts_full_and_holds_what_a_jiffy_brings)
{
    TokenBucket bucket(1024, 2048);
    CHECK(bucket.full() && bucket.remove_if(2048) && bucket.empty() && !bucket.remove_if(1));
    bucket.refill(0);
    bucket.clear();
    bucket.refill(CLICK_HZ / 2);
    CHECK(bucket.remove_if(512) && !bucket.contains(1));
    CHECK(TokenBucket(1u << 30, 1).capacity() >= (1u << 30) / CLICK_HZ);
    bucket.assign(true);
    CHECK(bucket.full() && bucket.remove_if(TokenBucket::max_tokens) && bucket.capacity() == TokenBucket::max_tokens);
    bucket.assign(false);
    bucket.clear();
    bucket.refill();
    CHECK(bucket.empty() && bucket.rate() == 0);
}

TEST(contexts_can_be_declined)
{
    Messages messages;
    ContextErrorHandler context(&messages, "Outside:");
    context.error("{context:no}one");
    context.error("{context:nocontext}two");
    context.error("{context:noindent}three");
    context.error("four");
    CHECK_EQUAL(messages.take(), "one\n  two\nOutside:\nthree\n  four\n");
}
