// SPDX-License-Identifier: Apache-2.0
// Backends that come and go while packets ask for their names, and flows begin and end. For ThreadSanitizer.
// Usage: backendpool_stress PACKET-THREADS CHANGES. Ends with 1 when an answer is wrong.
#include <arpa/inet.h>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>
#include "elements/backendpool.hh"

using namespace mimi;

namespace {

const char *const choices[] = {"random", "round-robin", "weighted", "least-connections", "source-hash", "maglev"};
const unsigned others = 20;

std::atomic<bool> stop(false);
std::atomic<unsigned> wrong(0);

void add_vip(BackendPool &pool, const char *choose)
{
    if (!pool.add_vip({"tcp", "10.1.0.100:80", choose, "10.2.0.1:80", "10.2.0.2:80"}).empty())
        exit(2);
}

void add_vip(BackendPool6 &pool, const char *choose)
{
    if (!pool.add_vip({"tcp", "[2001:db8:1::64]:80", choose, "[2001:db8:2::1]:80", "[2001:db8:2::2]:80"}).empty())
        exit(2);
}

// The backend's address of this number; 1 is never removed.
void number(uint32_t &a, uint32_t n)
{
    a = htonl(0x0a020000 + n);
}

void number(Address6 &a, uint32_t n)
{
    a = Address6{{htonl(0x20010db8), htonl(0x00020000), 0, htonl(n)}};
}

template <class A> A backend_address(uint32_t n)
{
    A a;
    number(a, n);
    return a;
}

// What a router thread does: asks names without the lock, and begins and ends flows with it.
template <class A> void handle_packets(BackendPoolOf<A> &pool, TableLock &lock, unsigned seed)
{
    GracePeriod::Reader reader;
    reader.online();
    const A fixed = backend_address<A>(1);
    std::minstd_rand entropy(seed);
    std::vector<uint16_t> live;
    while (!stop) {
        reader.quiescent();
        wrong += !pool.is_backend_service(proto_tcp, fixed, htons(80)) || !pool.is_backend_address(fixed);
        wrong += pool.backend_of(0, htons(80), fixed, htons(80)) == BackendPoolOf<A>::none;
        pool.is_backend_service(proto_tcp, backend_address<A>(1 + uint32_t(entropy()) % others), htons(80));
        const FlowKeyOf<A> key = {{backend_address<A>(uint32_t(entropy())), fixed, htons(uint16_t(entropy())), htons(80)}, proto_tcp};
        std::lock_guard<TableLock> guard(lock);
        if (live.size() < 50 && entropy() % 2) {
            const uint16_t slot = pool.choose(0, key);
            if (slot == BackendPoolOf<A>::none)
                continue;
            pool.choice_settled(slot, slot);
            pool.flow_began(slot);
            live.push_back(slot);
        } else if (!live.empty()) {
            pool.flow_ended(live.back());
            live.pop_back();
        }
    }
    std::lock_guard<TableLock> guard(lock);
    for (uint16_t slot : live)
        pool.flow_ended(slot);
    reader.offline();
}

template <class A> void change_backends(BackendPoolOf<A> &pool, TableLock &lock, unsigned changes)
{
    std::minstd_rand entropy(1);
    for (unsigned i = 0; i != changes; ++i) {
        BackendChangeOf<A> c = BackendChangeOf<A>();
        c.kind = BackendAction::Kind(entropy() % 6);
        c.backend.addr = backend_address<A>(c.kind == BackendAction::weigh ? 1 : 2 + uint32_t(entropy()) % others);
        c.backend.port = htons(80);
        c.backend.weight = uint32_t(1 + entropy() % 5);
        c.weighed = true;
        pool.change({c}, lock, [](uint16_t, int) { return uint64_t(0); });  // some are refused
    }
}

template <class A> void run(int packet_threads, unsigned changes)
{
    for (const char *choose : choices) {
        BackendPoolOf<A> *pool = new BackendPoolOf<A>();
        add_vip(*pool, choose);
        pool->begin(64);
        TableLock lock;
        stop = false;
        std::vector<std::thread> threads;
        for (int i = 0; i != packet_threads; ++i)
            threads.emplace_back([&, i] { handle_packets<A>(*pool, lock, unsigned(i + 1)); });
        change_backends<A>(*pool, lock, changes);
        stop = true;
        for (std::thread &t : threads)
            t.join();
        for (size_t slot = 0; slot != pool->n_slots(); ++slot)
            wrong += pool->flows(uint16_t(slot)) != 0;
        delete pool;
    }
}

}  // namespace

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    run<uint32_t>(atoi(argv[1]), unsigned(atoi(argv[2])));
    run<Address6>(atoi(argv[1]), unsigned(atoi(argv[2])));
    printf("%u wrong\n", wrong.load());
    return wrong != 0;
}
