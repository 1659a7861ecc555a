// SPDX-License-Identifier: Apache-2.0
// Micro-benchmark of the binding table and the import text; bench/bindingtable.py builds and runs it. Usage: bindingtable FLOWS...
// One JSON object a line.
#include <arpa/inet.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>
#include "elements/bindingtable.hh"
#include "elements/flowreader.hh"

using namespace mimi;
using Clock = std::chrono::steady_clock;

// Time of this thread's own, so that other programs on the machine do not count as pauses of the table.
static double thread_seconds()
{
    timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return double(t.tv_sec) + double(t.tv_nsec) * 1e-9;
}

static double seconds_since(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

static FlowBinding flow(uint32_t n)
{
    FlowBinding b;
    memset(&b, 0, sizeof(b));
    b.seq = n + 1;
    b.proto = proto_tcp;
    b.orig = FlowTuple{htonl(0x0a010000 + n / 50000), htonl(0x0a010064), htons(uint16_t(1024 + n % 50000)), htons(8080)};
    b.xlat = FlowTuple{b.orig.saddr, htonl(0x0a020001 + n % 5), b.orig.sport, htons(8080)};
    b.lifetime_s = 7440;
    return b;
}

// As packets and imports do it: a batch is prepared before its first binding is put.
static double insert_in_batches(uint32_t flows, uint32_t batch)
{
    BindingTable t(flows);
    std::vector<FlowBinding> bindings(batch);
    std::vector<BindingTable::Prepared> prepared(batch);
    auto start = Clock::now();
    for (uint32_t i = 0; i < flows; i += batch) {
        const uint32_t n = std::min(batch, flows - i);
        for (uint32_t j = 0; j != n; ++j) {
            bindings[j] = flow(i + j);
            prepared[j] = t.prepare(bindings[j]);
        }
        for (uint32_t j = 0; j != n; ++j)
            t.put(bindings[j], prepared[j], 0, 1000);
    }
    return seconds_since(start);
}

static void table(uint32_t flows)
{
    BindingTable t(flows);
    const uint32_t now = 1000;
    auto start = Clock::now();
    for (uint32_t i = 0; i < flows; ++i)
        t.put(flow(i), 0, now);
    double insert_s = seconds_since(start);
    const double bytes = double(t.bytes()) / flows;
    const uint32_t lookups = 4000000, batch = 32;
    const double batch_insert_s = insert_in_batches(flows, batch);

    std::vector<FlowKey> keys(lookups);
    uint64_t x = 88172645463325252u;
    for (FlowKey &k : keys) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        FlowBinding b = flow(uint32_t(x % flows));
        k = x & (1u << 31) ? b.key() : b.reply_key();
    }
    auto direction = [](const FlowKey &k) {
        return k.tuple.daddr == htonl(0x0a010064) ? Direction::forward : Direction::reverse;
    };
    uint32_t hits = 0;
    start = Clock::now();
    for (const FlowKey &k : keys)
        hits += t.find(k, direction(k), now) != nullptr;
    double single_s = seconds_since(start);
    start = Clock::now();
    BindingTable::Probe probes[batch];
    for (uint32_t i = 0; i < lookups; i += batch) {
        for (uint32_t j = 0; j < batch; ++j)
            probes[j] = t.probe(keys[i + j], direction(keys[i + j]));
        for (uint32_t j = 0; j < batch; ++j)
            t.peek(probes[j]);
        for (uint32_t j = 0; j < batch; ++j)
            hits += t.find(probes[j], keys[i + j], direction(keys[i + j]), now) != nullptr;
    }
    double batch_s = seconds_since(start);
    start = Clock::now();
    bool all = t.expire(now + 100000, size_t(-1));
    double expire_s = seconds_since(start);

    // The pauses are measured in a second pass, so that reading the clock does not count as inserting.
    double worst = 0;
    std::vector<float> pauses;
    pauses.reserve(flows);
    BindingTable u(flows);
    for (uint32_t i = 0; i < flows; ++i) {
        FlowBinding b = flow(i);
        double before = thread_seconds();
        u.put(b, 0, now);
        double s = thread_seconds() - before;
        pauses.push_back(float(s));
        worst = std::max(worst, s);
    }
    size_t rank = pauses.size() - 1 - pauses.size() / 10000;
    std::nth_element(pauses.begin(), pauses.begin() + long(rank), pauses.end());
    printf("{\"flows\": %u, \"insert_per_s\": %.0f, \"batched_insert_per_s\": %.0f, \"find_per_s\": %.0f, \"batched_find_per_s\": %.0f, "
           "\"expire_per_s\": %.0f, \"bytes_per_flow\": %.1f, \"insert_p9999_us\": %.1f, \"insert_worst_ms\": %.3f, \"right\": %s}\n",
           flows, flows / insert_s, flows / batch_insert_s, lookups / single_s, lookups / batch_s, flows / expire_s, bytes,
           double(pauses[rank]) * 1e6, worst * 1e3, hits == 2 * lookups && all && !t.size() ? "true" : "false");
    fflush(stdout);
}

static void text(uint32_t lines)
{
    std::string all;
    char line[flow_text_max];
    auto start = Clock::now();
    for (uint32_t i = 0; i < lines; ++i) {
        char *end = write_put(line, flow(i));
        *end++ = '\n';
        all.append(line, end);
    }
    double write_s = seconds_since(start);
    FlowTextReader reader(all.data(), all.data() + all.size());
    std::vector<FlowUpdate> updates;
    start = Clock::now();
    FlowUpdate u;
    while (reader.next(u) == FlowTextReader::line)
        updates.push_back(u);
    double parse_s = seconds_since(start);
    BindingTable t(lines);
    start = Clock::now();
    for (const FlowUpdate &each : updates)
        t.put(each.binding, 0, 1);
    double apply_s = seconds_since(start);
    printf("{\"import_lines\": %u, \"write_per_s\": %.0f, \"parse_per_s\": %.0f, \"parse_and_apply_per_s\": %.0f, \"right\": %s}\n", lines,
           lines / write_s, lines / parse_s, lines / (parse_s + apply_s), updates.size() == lines ? "true" : "false");
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; ++i)
        table(uint32_t(atol(argv[i])));
    text(1000000);
}
