// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_THREADCOUNTER_HH
#define CLICK_THREADCOUNTER_HH
#include <click/element.hh>
#include <click/multithread.hh>
#include <atomic>
#include <cstdint>

// A number that one thread adds to and any thread reads or resets. Costs the adder what a plain variable costs: a reset notes
// where the count stands, and so takes nothing away from a thread that is just adding.
class RelaxedCounter {
  public:
    void add(uint64_t n) { _total.store(_total.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
    uint64_t value() const { return _total.load(std::memory_order_relaxed) - _base.load(std::memory_order_relaxed); }
    // Makes value() n.
    void set(uint64_t n) { _base.store(_total.load(std::memory_order_relaxed) - n, std::memory_order_relaxed); }
    void reset() { set(0); }

  private:
    std::atomic<uint64_t> _total{0}, _base{0};
};

// A number that every driver thread adds to, each in a cell of its own: no locked instruction, no shared cache line.
class ThreadCounter {
  public:
    void add(uint64_t n) { _cells.get().add(n); }
    void operator++() { add(1); }
    void operator++(int) { add(1); }
    void operator+=(uint64_t n) { add(n); }

    uint64_t value() const
    {
        uint64_t sum = 0;
        for (unsigned i = 0; i < _cells.size(); ++i)
            sum += _cells.get_value_for_thread(static_cast<int>(i)).value();
        return sum;
    }
    operator uint64_t() const { return value(); }
    void set(uint64_t n)
    {
        for (RelaxedCounter &cell : _cells) {
            cell.set(n);
            n = 0;
        }
    }
    void reset() { set(0); }
    ThreadCounter &operator=(uint64_t n) { return set(n), *this; }

    // A read handler's callback, its user data the counter.
    static String read_handler(Element *, void *counter) { return String(static_cast<ThreadCounter *>(counter)->value()); }

  private:
    per_thread<RelaxedCounter> _cells;
};

inline void add_counter_handler(Element *element, const char *name, ThreadCounter *counter)
{
    element->add_read_handler(name, ThreadCounter::read_handler, counter);
}

#endif
