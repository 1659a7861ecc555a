// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/base/harness.hh"
#include <click/bitvector.hh>
#include <click/crc32.h>
#include <click/deque.hh>
#include <click/ewma.hh>
#include <click/gaprate.hh>
#include <click/hashmap.hh>
#include <click/hashtable.hh>
#include <click/heap.hh>
#include <click/integers.hh>
#include <click/ipflowid.hh>
#include <click/list.hh>
#include <click/multithread.hh>
#include <click/sync.hh>
#include <click/tokenbucket.hh>
#include <click/vector.hh>
#include <map>
#include <thread>

TEST(vector)
{
    Vector<String> v;
    for (int i = 0; i < 100; ++i)
        v.push_back(v.size() ? v[0] + String(i) : String("s"));
    CHECK_EQUAL(v.size(), 100);
    CHECK_EQUAL(v[99], "s99");
    for (int i = 0; i < 50; ++i)
        v.push_back(v.front());  // an element of the vector itself, across growth
    CHECK_EQUAL(v.back(), "s");
    v.erase(v.begin() + 1, v.begin() + 99);
    CHECK_EQUAL(v[1], "s99");
    v.insert(v.begin() + 1, "in");
    CHECK_EQUAL(v[1], "in");
    CHECK_EQUAL(v[2], "s99");
    v.resize(2);
    v.resize(4, "fill");
    CHECK_EQUAL(v[3], "fill");
    Vector<String> w(v), x;
    x = std::move(w);
    CHECK(x == v);
    v.clear();
    CHECK(!v && x);
    Vector<bool> bits(3, true);
    bits[1] = false;
    CHECK(bits[0] && !bits[1]);
}

TEST(hashtable_against_map)
{
    Random random(5);
    HashTable<String, int> mine(-1);
    std::map<std::string, int> model;
    for (int step = 0; step < 100000; ++step) {
        const int k = static_cast<int>(random.below(3000)), value = static_cast<int>(random.below(1000));
        const String key = "k" + String(k);
        const std::string model_key = key.c_str();
        switch (random.below(4)) {
        case 0:
            CHECK_EQUAL(mine.set(key, value), model.count(model_key) == 0);
            model[model_key] = value;
            break;
        case 1:
            CHECK_EQUAL(mine.erase(key), model.erase(model_key));
            break;
        case 2:
            CHECK_EQUAL(mine.get(key), model.count(model_key) ? model[model_key] : -1);
            break;
        default:
            mine[key] += 1;
            model.emplace(model_key, -1).first->second += 1;
        }
    }
    CHECK_EQUAL(mine.size(), model.size());
    size_t seen = 0;
    for (HashTable<String, int>::iterator it = mine.begin(); it.live(); ++it, ++seen)
        CHECK_EQUAL(it.value(), model.at(it.key().c_str()));
    CHECK_EQUAL(seen, model.size());
    const HashTable<String, int> copy(mine);
    for (HashTable<String, int>::iterator it = mine.begin(); it != mine.end();)
        it = mine.erase(it);
    CHECK(mine.empty());
    CHECK_EQUAL(copy.size(), model.size());
}

struct Flow {
    typedef IPFlowID key_type;
    typedef const IPFlowID &key_const_reference;
    IPFlowID id;
    int n;
    Flow *_hashnext = nullptr;
    const IPFlowID &hashkey() const { return id; }
};

TEST(hashcontainer)
{
    std::vector<Flow> flows;
    for (int i = 0; i < 1000; ++i)
        flows.push_back({IPFlowID(IPAddress(htonl(0x0A000000u + i)), htons(1), IPAddress("1.2.3.4"), htons(80)), i});
    HashContainer<Flow> table;
    for (Flow &flow : flows)
        CHECK(!table.set(&flow));
    CHECK_EQUAL(table.size(), 1000u);
    CHECK(table.bucket_count() > 100);
    for (Flow &flow : flows)
        CHECK(table.get(flow.id) == &flow);
    Flow twin = flows[3];
    CHECK(table.set(&twin) == &flows[3]);
    CHECK(table.erase(twin.id) == &twin && !table.get(twin.id));
    size_t n = 0;
    for (HashContainer<Flow>::iterator it = table.begin(); it; ++it)
        ++n;
    CHECK_EQUAL(n, 999u);
    for (HashContainer<Flow>::iterator it = table.begin(); it;)
        table.erase(it);
    CHECK(table.empty());
}

TEST(hashmap)
{
    HashMap<int, String> m("none");
    CHECK(m.insert(1, "one") && !m.insert(1, "uno"));
    CHECK_EQUAL(m[1], "uno");
    CHECK_EQUAL(m.find(2), "none");
    CHECK(m.findp(2) == nullptr && *m.findp(1) == "uno");
    m.find_force(3) = "three";
    for (HashMap<int, String>::iterator i = m.begin(); i.live(); i++)
        CHECK_EQUAL(i.value(), m[i.key()]);
    CHECK(m.remove(1) && !m.remove(1));
    CHECK_EQUAL(m.size(), 1);
}

TEST(bitvector)
{
    Random random(6);
    for (int round = 0; round < 200; ++round) {
        const int n = 1 + static_cast<int>(random.below(200));
        Bitvector a(n), b(n);
        std::vector<bool> ma(n), mb(n);
        for (int i = 0; i < n; ++i) {
            a[i] = ma[i] = random.below(2);
            b[i] = mb[i] = random.below(3) == 0;
        }
        Bitvector both = a & b, either = a | b, one = a ^ b, minus = a - b, inverse = ~a;
        int weight = 0;
        for (int i = 0; i < n; ++i) {
            CHECK_EQUAL(bool(both[i]), ma[i] && mb[i]);
            CHECK_EQUAL(bool(either[i]), ma[i] || mb[i]);
            CHECK_EQUAL(bool(one[i]), ma[i] != mb[i]);
            CHECK_EQUAL(bool(minus[i]), ma[i] && !mb[i]);
            CHECK_EQUAL(bool(inverse[i]), !ma[i]);
            weight += ma[i];
        }
        CHECK_EQUAL(a.weight(), weight);
        CHECK_EQUAL(a.zero(), weight == 0);
        CHECK_EQUAL((a | ~a).weight(), n);
    }
    Bitvector grown;
    grown.force_bit(70) = true;
    CHECK_EQUAL(grown.size(), 71);
    CHECK_EQUAL(grown.first(), 70);
}

struct ByValue {
    bool operator()(int a, int b) const { return a < b; }
};

TEST(heap_keeps_places)
{
    struct Item {
        int value;
        int place;
    };
    Random random(7);
    std::vector<Item> items(500);
    std::vector<Item *> heap;
    auto compare = [](Item *a, Item *b) { return a->value < b->value; };
    auto place = [](std::vector<Item *>::iterator begin, std::vector<Item *>::iterator it) {
        (*it)->place = static_cast<int>(it - begin);
    };
    for (Item &item : items) {
        item.value = static_cast<int>(random.below(1000));
        heap.push_back(&item);
        push_heap<4>(heap.begin(), heap.end(), compare, place);
    }
    for (int i = 0; i < 2000; ++i) {
        Item &item = items[random.below(500)];
        item.value = static_cast<int>(random.below(1000));
        change_heap<4>(heap.begin(), heap.end(), heap.begin() + item.place, compare, place);
    }
    for (size_t i = 0; i < heap.size(); ++i)
        CHECK_EQUAL(heap[i]->place, static_cast<int>(i));
    int last = -1;
    while (!heap.empty()) {
        CHECK(heap.front()->value >= last);
        last = heap.front()->value;
        pop_heap<4>(heap.begin(), heap.end(), compare, place);
        heap.pop_back();
    }
    Vector<int> plain;
    for (int x : {5, 3, 9}) {
        plain.push_back(x);
        ::push_heap(plain.begin(), plain.end(), ByValue());
    }
    CHECK_EQUAL(plain[0], 3);
}

struct Linked {
    int n;
    List_member<Linked> link;
};

TEST(list)
{
    Linked a{1, {}}, b{2, {}}, c{3, {}};
    List<Linked, &Linked::link> list;
    list.push_back(&b);
    list.push_front(&a);
    list.push_back(&c);
    int expected = 1;
    for (List<Linked, &Linked::link>::iterator it = list.begin(); it != list.end(); ++it)
        CHECK_EQUAL(it->n, expected++);
    list.erase(&b);
    CHECK_EQUAL(list.size(), 2u);
    CHECK(list.front() == &a && list.back() == &c && !list.isin(&b));
    list.clear();
    CHECK(list.empty());
}

TEST(integers)
{
    CHECK_EQUAL(ffs_lsb(8u), 4);
    CHECK_EQUAL(ffs_msb(1u), 32);
    CHECK_EQUAL(ffs_msb(uint64_t{1} << 63), 1);
    for (uint32_t x : {0u, 1u, 24u, 25u, 26u, 0xFFFFFFFFu}) {
        const uint64_t root = int_sqrt(x);
        CHECK(root * root <= x && (root + 1) * (root + 1) > x);
    }
    int64_t quotient;
    CHECK_EQUAL(int_divide(int64_t{-7}, 2, quotient), 1);
    CHECK_EQUAL(quotient, -4);
    uint32_t high;
    CHECK_EQUAL(int_multiply(0x80000000u, 6u, high), 0u);
    CHECK_EQUAL(high, 3u);
}

TEST(averages)
{
    DirectEWMA average;
    for (int i = 0; i < 1000; ++i)
        average.update(50);
    CHECK_EQUAL(average.unscaled_average(), 50u);
    Timestamp::warp_set_class(Timestamp::warp_simulation);
    Timestamp::warp_set_now(Timestamp(1000), Timestamp(1000));
    RateEWMA rate;
    for (int i = 0; i < 1000; ++i) {
        Timestamp::warp_jump_steady(Timestamp::now_steady() + Timestamp::make_msec(int64_t{1}));
        rate.update(3);
    }
    CHECK(rate.rate() > 2990 && rate.rate() <= 3010);
    CHECK(rate.unparse_rate().starts_with("2") || rate.unparse_rate().starts_with("3"));
    Timestamp::warp_set_class(Timestamp::warp_none);
}

TEST(gap_rate)
{
    GapRate rate(300);  // does not divide a second evenly
    int events = 0;
    for (int64_t us = 0; us < 3000000; us += 500)
        while (rate.need_update(Timestamp(100) + Timestamp::make_usec(us))) {
            rate.update();
            ++events;
        }
    CHECK_EQUAL(events, 900);
    CHECK(rate.need_update(Timestamp(200)));  // long after: one at once, then paced again
    rate.update();
    CHECK(!rate.need_update(Timestamp(200)));
    rate.set_rate(0);
    CHECK(!rate.need_update(Timestamp(300)));
}

TEST(token_bucket)
{
    TokenBucket bucket(10, 5);
    bucket.clear();
    bucket.set_time_point(1000);
    CHECK(!bucket.contains(1) && bucket.time_until_contains(1) == 100);
    bucket.refill(1099);
    CHECK(!bucket.remove_if(1));
    bucket.refill(1100);
    CHECK(bucket.remove_if(1) && !bucket.remove_if(1));
    bucket.refill(9000);
    CHECK_EQUAL(bucket.size(), 5u);
    bucket.refill(8000);  // time does not go back
    bucket.remove(3);
    CHECK_EQUAL(bucket.size(), 2u);
    CHECK(bucket.time_until_contains(6) == TokenBucket::max_duration);
    CHECK(TokenBucket(true).remove_if(1000000));
}

TEST(crc32)
{
    CHECK_EQUAL(update_crc(0xFFFFFFFFu, "123456789", 9), 0x0376E6E7u);  // the catalogued check value
    CHECK_EQUAL(update_crc(update_crc(0xFFFFFFFFu, "1234", 4), "56789", 5), 0x0376E6E7u);
}

TEST(locks_and_per_thread)
{
    click_set_max_cpu_ids(4);
    per_thread<int> counts;
    Spinlock lock;
    int total = 0;
    std::vector<std::thread> threads;
    for (unsigned id = 0; id < 4; ++id)
        threads.emplace_back([&, id] {
            click_current_thread_id = id;
            for (int i = 0; i < 10000; ++i) {
                ++*counts;
                lock.acquire();
                lock.acquire();
                ++total;
                lock.release();
                lock.release();
            }
        });
    for (auto &thread : threads)
        thread.join();
    PER_THREAD_SUM(int, sum, counts);
    CHECK_EQUAL(sum, 40000);
    CHECK_EQUAL(total, 40000);
}
