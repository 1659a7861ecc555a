// SPDX-License-Identifier: Apache-2.0
// The binding table under several threads: readers that look up, refresh and end flows, an importer that binds flows, binds them
// anew and removes them, and an expirer whose clock runs. Built with ThreadSanitizer by test_bindingtable_threads.py.
//
// Usage: bindingtable_stress READERS ROUNDS FAMILY (4 or 6). What must hold: a flow that stays is always found, with its own tuples; nothing
// else than what was put is ever found; in the end the table holds exactly what was left in it.
#include <arpa/inet.h>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>
#include "elements/bindingtable.hh"
#include "elements/flowlife.hh"
#include "tests/elements/spread.hh"

using namespace mimi;

namespace {

const uint32_t staying = 3000;   // flows that are there all the time; the odd ones are bound anew again and again
const uint32_t passing = 20000;  // flows that come and go
const uint32_t batch = 32;

std::atomic<bool> over(false);
std::atomic<uint32_t> clock_s(1000);
std::atomic<int> failures(0);

template <class A> FlowBindingOf<A> flow(uint32_t n, uint64_t seq, uint32_t backend, uint32_t lifetime_s)
{
    FlowBindingOf<A> b;
    memset(&b, 0, sizeof b);
    b.seq = seq;
    b.proto = proto_tcp;
    b.state = FlowState::established;
    b.flags = answered;
    b.orig = FlowTupleOf<A>{spread<A>(0x0a010000 + n / 1000), spread<A>(0x0a010064), htons(uint16_t(1024 + n % 1000)), htons(80)};
    b.xlat = FlowTupleOf<A>{b.orig.saddr, spread<A>(0x0a020001 + backend), b.orig.sport, htons(80)};
    b.delta_fwd = int32_t(backend);
    b.delta_rev = -int32_t(backend);
    b.lifetime_s = lifetime_s;
    return b;
}

void fail(const char *what, uint32_t n)
{
    if (failures.fetch_add(1) < 10)
        fprintf(stderr, "flow %u: %s\n", n, what);
}

struct Random {
    uint64_t x;
    uint32_t below(uint32_t n)
    {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        return uint32_t((x >> 32) * n >> 32);
    }
};

template <class A> using TableOf = RecordTable<BindingRecordOf<A>>;

template <class A> bool is_backend(const A &addr)
{
    for (uint32_t i = 0; i != 8; ++i)
        if (addr == spread<A>(0x0a020001 + i))
            return true;
    return false;
}

// What a packet does with its record.
template <class A> void use(TableOf<A> &t, typename TableOf<A>::Record *r, uint32_t n, uint32_t now, Random &random)
{
    if (r->orig != flow<A>(n, 0, 0, 0).orig || r->proto != proto_tcp)
        fail("another flow's record", n);
    const FlowBindingOf<A> b = r->binding(now);
    if (!is_backend(b.xlat.daddr) || b.delta_fwd != -b.delta_rev)
        fail("a torn value", n);
    if (n >= staying && random.below(50) == 0)
        track(*r, Direction::forward, flag_fin | flag_ack);
    t.refresh(r, n < staying ? 100000 : is_ending(r->state()) ? 2 : 5, now);
}

template <class A> void read(TableOf<A> &t, uint32_t seed)
{
    GracePeriod::Reader reader;
    Random random = {seed * 0x9e3779b97f4a7c15u};
    reader.online();
    while (!over.load(std::memory_order_relaxed)) {
        const uint32_t now = clock_s.load(std::memory_order_relaxed);
        typename TableOf<A>::Probe probes[batch];
        uint32_t numbers[batch];
        for (uint32_t i = 0; i != batch; ++i) {
            numbers[i] = random.below(2) ? random.below(staying) : staying + random.below(passing);
            probes[i] = t.probe(flow<A>(numbers[i], 0, 0, 0).key(), Direction::forward);
        }
        for (uint32_t i = 0; i != batch; ++i)
            t.peek(probes[i]);
        for (uint32_t i = 0; i != batch; ++i) {
            if (typename TableOf<A>::Record *r = t.find(probes[i], flow<A>(numbers[i], 0, 0, 0).key(), Direction::forward, now))
                use<A>(t, r, numbers[i], now, random);
            else if (numbers[i] < staying) {
                std::lock_guard<TableLock> guard(t.lock());
                if (!t.find(probes[i], flow<A>(numbers[i], 0, 0, 0).key(), Direction::forward, now))
                    fail("lost", numbers[i]);
            }
        }
        if (random.below(100)) {
            reader.quiescent();
        } else {
            reader.offline();
            std::this_thread::yield();
            reader.online();
        }
    }
    reader.offline();
}

template <class A> void import(TableOf<A> &t, uint32_t rounds)
{
    uint64_t seq = 10;
    Random random = {7};
    for (uint32_t round = 0; round != rounds; ++round) {
        FlowBindingOf<A> bindings[batch];
        typename TableOf<A>::Prepared hashes[batch];
        for (uint32_t i = 0; i != batch; ++i) {
            const uint32_t n = random.below(3) ? staying + random.below(passing) : random.below(staying);
            bindings[i] = flow<A>(n, ++seq, n < staying && n % 2 == 0 ? 0 : random.below(8), n < staying ? 100000 : 5);
            hashes[i] = t.prepare(bindings[i]);
        }
        TableLock::Polite guard(t.lock());
        const uint32_t now = clock_s.load(std::memory_order_relaxed);
        for (uint32_t i = 0; i != batch; ++i) {
            const bool put = bindings[i].lifetime_s > 5 || random.below(4);
            const AnyBindingStore::Outcome outcome =
                put ? t.put(bindings[i], hashes[i], uint16_t(i), now).outcome : t.remove(bindings[i].key(), ++seq, now);
            if (put && outcome != AnyBindingStore::Outcome::applied)
                fail("not applied", i);
        }
    }
    over.store(true);
}

template <class A> void expire(TableOf<A> &t)
{
    while (!over.load(std::memory_order_relaxed)) {
        const uint32_t now = clock_s.fetch_add(1, std::memory_order_relaxed) + 1;
        for (bool done = false; !done; std::this_thread::yield()) {
            TableLock::Polite guard(t.lock());
            done = t.expire(now, 64);
        }
    }
}

template <class A> bool check(TableOf<A> &t)
{
    const uint32_t now = clock_s.load();
    t.expire(now, size_t(-1));
    uint32_t count = 0, stayed = 0;
    uint64_t sum = 0;
    t.for_each(now, [&](const typename TableOf<A>::Record &r) {
        ++count;
        sum += identity_hash(r.binding());
        if (t.find(r.key(), Direction::forward, now) != &r || t.find(r.reply_key(), Direction::reverse, now) != &r)
            fail("not found from both sides", count);
    });
    for (uint32_t n = 0; n != staying; ++n)
        stayed += t.find(flow<A>(n, 0, 0, 0).key(), Direction::forward, now) != nullptr;
    uint32_t place = 0;
    while (t.update_digest(place, 1000)) {
    }
    printf("%u bindings, %u of %u stayed, clock %u\n", count, stayed, staying, now);
    return stayed == staying && count == t.size() && t.digest().count == count && t.digest().sum == sum;
}

}  // namespace

template <class A> void run(uint32_t readers, uint32_t rounds)
{
    TableOf<A> t(2 * (staying + passing));
    for (uint32_t n = 0; n != staying; ++n)
        t.put(flow<A>(n, 1, 0, 100000), 0, 1000);
    std::vector<std::thread> threads;
    for (uint32_t i = 0; i != readers; ++i)
        threads.emplace_back([&t, i] { read<A>(t, i + 1); });
    threads.emplace_back([&t] { expire<A>(t); });
    import<A>(t, rounds);
    for (std::thread &thread : threads)
        thread.join();
    if (!check<A>(t))
        fail("the end", 0);
}

int main(int argc, char **argv)
{
    const uint32_t readers = argc > 1 ? uint32_t(atol(argv[1])) : 2, rounds = argc > 2 ? uint32_t(atol(argv[2])) : 10000;
    if (argc > 3 && *argv[3] == '6')
        run<Address6>(readers, rounds);
    else
        run<uint32_t>(readers, rounds);
    return failures.load() ? 1 : 0;
}
