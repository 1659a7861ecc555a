// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_THREADCOUNTS_HH
#define MIMI_THREADCOUNTS_HH
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

// Counters that packets of several threads step without sharing a cache line: a row for each thread, summed when read.
//
// A row is stepped by its own thread alone, with a load and a store; anybody may read. Work that runs beside the router's
// threads has no row: it uses add_shared().

namespace mimi {

class ThreadCounts {
  public:
    typedef std::atomic<uint64_t> Count;

    ThreadCounts() : _counts(0) {}

    // Sets every counter to 0. Not while anybody counts.
    void reset(size_t threads, size_t counts)
    {
        _counts = counts;
        _rows.clear();
        for (size_t i = 0; i != threads + 1; ++i) {
            _rows.emplace_back(new Count[counts + 2 * padding]);
            for (size_t j = 0; j != counts + 2 * padding; ++j)
                _rows.back()[j].store(0, std::memory_order_relaxed);
        }
    }

    size_t size() const { return _counts; }
    // The counters of a thread, from 0 on.
    Count *row(size_t thread) { return &_rows[thread + 1 < _rows.size() ? thread + 1 : 1][padding]; }
    static void step(Count &count, uint64_t by = 1)
    {
        count.store(count.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    }
    void add_shared(size_t i, uint64_t by) { _rows[0][padding + i].fetch_add(by, std::memory_order_relaxed); }

    uint64_t total(size_t i) const
    {
        uint64_t sum = 0;
        for (const std::unique_ptr<Count[]> &row : _rows)
            sum += row[padding + i].load(std::memory_order_relaxed);
        return sum;
    }

  private:
    static const size_t padding = 8;  // a line on either side belongs to the row alone
    size_t _counts;
    std::vector<std::unique_ptr<Count[]>> _rows;  // the first is shared
};

}  // namespace mimi
#endif
