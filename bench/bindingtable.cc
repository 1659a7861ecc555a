// SPDX-License-Identifier: Apache-2.0
// Micro-benchmark of the binding table and the import text; bench/bindingtable.py builds and runs it. Usage: bindingtable FLOWS...
// One JSON object a line; of both families, in turn.
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

template <class A> A address(uint32_t n);
template <> uint32_t address<uint32_t>(uint32_t n)
{
    return htonl(n);
}
template <> Address6 address<Address6>(uint32_t n)
{
    return Address6{{htonl(0x20010db8), htonl(n >> 16), 0, htonl(n & 0xffff)}};
}

template <class A> FlowBindingOf<A> flow(uint32_t n)
{
    FlowBindingOf<A> b;
    memset(&b, 0, sizeof(b));
    b.seq = n + 1;
    b.proto = proto_tcp;
    b.orig = FlowTupleOf<A>{address<A>(0x0a010000 + n / 50000), address<A>(0x0a010064), htons(uint16_t(1024 + n % 50000)), htons(8080)};
    b.xlat = FlowTupleOf<A>{b.orig.saddr, address<A>(0x0a020001 + n % 5), b.orig.sport, htons(8080)};
    b.lifetime_s = 7440;
    return b;
}

// As packets and imports do it: a batch is prepared before its first binding is put.
template <class A> double insert_in_batches(uint32_t flows, uint32_t batch)
{
    RecordTable<BindingRecordOf<A>> t(flows);
    std::vector<FlowBindingOf<A>> bindings(batch);
    std::vector<AnyBindingStore::Prepared> prepared(batch);
    auto start = Clock::now();
    for (uint32_t i = 0; i < flows; i += batch) {
        const uint32_t n = std::min(batch, flows - i);
        for (uint32_t j = 0; j != n; ++j) {
            bindings[j] = flow<A>(i + j);
            prepared[j] = t.prepare(bindings[j]);
        }
        for (uint32_t j = 0; j != n; ++j)
            t.put(bindings[j], prepared[j], 0, 1000);
    }
    return seconds_since(start);
}

template <class A> void table(uint32_t flows)
{
    RecordTable<BindingRecordOf<A>> t(flows);
    const uint32_t now = 1000;
    auto start = Clock::now();
    for (uint32_t i = 0; i < flows; ++i)
        t.put(flow<A>(i), 0, now);
    double insert_s = seconds_since(start);
    const double bytes = double(t.bytes()) / flows;
    const uint32_t lookups = 4000000, batch = 32;
    const double batch_insert_s = insert_in_batches<A>(flows, batch);

    std::vector<FlowKeyOf<A>> keys(lookups);
    uint64_t x = 88172645463325252u;
    for (FlowKeyOf<A> &k : keys) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        FlowBindingOf<A> b = flow<A>(uint32_t(x % flows));
        k = x & (1u << 31) ? b.key() : b.reply_key();
    }
    auto direction = [](const FlowKeyOf<A> &k) {
        return k.tuple.daddr == address<A>(0x0a010064) ? Direction::forward : Direction::reverse;
    };
    uint32_t hits = 0;
    start = Clock::now();
    for (const FlowKeyOf<A> &k : keys)
        hits += t.find(k, direction(k), now) != nullptr;
    double single_s = seconds_since(start);
    start = Clock::now();
    AnyBindingStore::Probe probes[batch];
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
    RecordTable<BindingRecordOf<A>> u(flows);
    for (uint32_t i = 0; i < flows; ++i) {
        FlowBindingOf<A> b = flow<A>(i);
        double before = thread_seconds();
        u.put(b, 0, now);
        double s = thread_seconds() - before;
        pauses.push_back(float(s));
        worst = std::max(worst, s);
    }
    size_t rank = pauses.size() - 1 - pauses.size() / 10000;
    std::nth_element(pauses.begin(), pauses.begin() + long(rank), pauses.end());
    printf("{\"family\": %d, \"flows\": %u, \"insert_per_s\": %.0f, \"batched_insert_per_s\": %.0f, \"find_per_s\": %.0f, \"batched_find_per_s\": %.0f, "
           "\"expire_per_s\": %.0f, \"bytes_per_flow\": %.1f, \"insert_p9999_us\": %.1f, \"insert_worst_ms\": %.3f, \"right\": %s}\n",
           AddressFamily<A>::version, flows, flows / insert_s, flows / batch_insert_s, lookups / single_s, lookups / batch_s, flows / expire_s, bytes,
           double(pauses[rank]) * 1e6, worst * 1e3, hits == 2 * lookups && all && !t.size() ? "true" : "false");
    fflush(stdout);
}

// Which of the two a reader has filled.
static const FlowUpdate &of_family(uint32_t, const FlowUpdate &u, const FlowUpdate6 &)
{
    return u;
}
static const FlowUpdate6 &of_family(Address6, const FlowUpdate &, const FlowUpdate6 &u)
{
    return u;
}

template <class A> void text(uint32_t lines)
{
    std::string all;
    char line[flow_text_max];
    auto start = Clock::now();
    for (uint32_t i = 0; i < lines; ++i) {
        char *end = write_put(line, flow<A>(i));
        *end++ = '\n';
        all.append(line, end);
    }
    double write_s = seconds_since(start);
    FlowTextReader reader(all.data(), all.data() + all.size());
    std::vector<FlowUpdateOf<A>> updates;
    start = Clock::now();
    FlowUpdate u;
    FlowUpdate6 u6;
    FlowTextReader::Result result;
    while ((result = reader.next(u, u6)) == FlowTextReader::line || result == FlowTextReader::line6)
        updates.push_back(of_family(A(), u, u6));
    double parse_s = seconds_since(start);
    RecordTable<BindingRecordOf<A>> t(lines);
    start = Clock::now();
    for (const FlowUpdateOf<A> &each : updates)
        t.put(each.binding, 0, 1);
    double apply_s = seconds_since(start);
    printf("{\"family\": %d, \"import_lines\": %u, \"write_per_s\": %.0f, \"parse_per_s\": %.0f, \"parse_and_apply_per_s\": %.0f, \"right\": %s}\n",
           AddressFamily<A>::version, lines, lines / write_s, lines / parse_s, lines / (parse_s + apply_s), updates.size() == lines ? "true" : "false");
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; ++i) {
        table<uint32_t>(uint32_t(atol(argv[i])));
        table<Address6>(uint32_t(atol(argv[i])));
    }
    text<uint32_t>(1000000);
    text<Address6>(1000000);
}
