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
const uint32_t fixed = 0x0a020001;  // a backend that is never removed
const unsigned others = 20;

std::atomic<bool> stop(false);
std::atomic<unsigned> wrong(0);

BackendPool *make_pool(const char *choose)
{
    BackendPool *pool = new BackendPool();
    if (!pool->add_vip({"tcp", "10.1.0.100:80", choose, "10.2.0.1:80", "10.2.0.2:80"}).empty())
        exit(2);
    pool->begin(64);
    return pool;
}

// What a router thread does: asks names without the lock, and begins and ends flows with it.
void handle_packets(BackendPool &pool, TableLock &lock, unsigned seed)
{
    GracePeriod::Reader reader;
    reader.online();
    std::minstd_rand entropy(seed);
    std::vector<uint16_t> live;
    while (!stop) {
        reader.quiescent();
        wrong += !pool.is_backend_service(proto_tcp, htonl(fixed), htons(80)) || !pool.is_backend_address(htonl(fixed));
        wrong += pool.backend_of(0, htons(80), htonl(fixed), htons(80)) == BackendPool::none;
        pool.is_backend_service(proto_tcp, htonl(uint32_t(fixed + entropy() % others)), htons(80));
        const FlowKey key = {{htonl(uint32_t(entropy())), htonl(0x0a010064), htons(uint16_t(entropy())), htons(80)}, proto_tcp};
        std::lock_guard<TableLock> guard(lock);
        if (live.size() < 50 && entropy() % 2) {
            const uint16_t slot = pool.choose(0, key);
            if (slot == BackendPool::none)
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

void change_backends(BackendPool &pool, TableLock &lock, unsigned changes)
{
    std::minstd_rand entropy(1);
    for (unsigned i = 0; i != changes; ++i) {
        BackendChange c = BackendChange();
        c.kind = BackendChange::Kind(entropy() % 6);
        const uint32_t addr = c.kind == BackendChange::weigh ? fixed : uint32_t(fixed + 1 + entropy() % others);
        c.backend.addr = htonl(addr);
        c.backend.port = htons(80);
        c.backend.weight = uint32_t(1 + entropy() % 5);
        c.weighed = true;
        pool.change({c}, lock, [](uint16_t, int) { return uint64_t(0); });  // some are refused
    }
}

}  // namespace

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    for (const char *choose : choices) {
        BackendPool *pool = make_pool(choose);
        TableLock lock;
        stop = false;
        std::vector<std::thread> threads;
        for (int i = 0; i != atoi(argv[1]); ++i)
            threads.emplace_back([&, i] { handle_packets(*pool, lock, unsigned(i + 1)); });
        change_backends(*pool, lock, unsigned(atoi(argv[2])));
        stop = true;
        for (std::thread &t : threads)
            t.join();
        for (size_t slot = 0; slot != pool->n_slots(); ++slot)
            wrong += pool->flows(uint16_t(slot)) != 0;
        delete pool;
    }
    printf("%u wrong\n", wrong.load());
    return wrong != 0;
}
