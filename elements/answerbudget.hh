// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_ANSWERBUDGET_HH
#define MIMI_ANSWERBUDGET_HH
#include <atomic>
#include <cstdint>

namespace mimi {

// How many answers may be sent, so that a flood makes no flood of answers (RFC 1812, section 4.3.2.8; RFC 4443, section 2.4 (f)): so
// many a second in the long run, a tenth of that, and ten at least, in one burst.
//
// A token bucket, kept as one number: the time at which it would be full again. An answer moves that on by its share of a second, and
// may be sent if it stays close enough to now. So there is nothing to refill, and threads need no lock.
class AnswerBudget {
  public:
    enum : uint32_t { burst_least = 10, rate_most = 1000000 };

    AnswerBudget() : _full_ns(0) {}

    // Before packets flow. 0: no limit. No more than rate_most.
    void set(uint32_t per_second)
    {
        _share_ns = per_second ? 1000000000u / per_second : 0;
        const uint64_t burst = per_second / 10 > burst_least ? per_second / 10 : uint32_t(burst_least);
        _ahead_ns = burst * _share_ns;
    }

    // Whether one more may be sent; then it is counted. The clock need not be the same for all threads to the nanosecond.
    bool take(uint64_t now_ns)
    {
        if (_share_ns == 0)
            return true;
        uint64_t full = _full_ns.load(std::memory_order_relaxed), next;
        do {
            next = (full > now_ns ? full : now_ns) + _share_ns;
            if (next > now_ns + _ahead_ns)
                return false;
        } while (!_full_ns.compare_exchange_weak(full, next, std::memory_order_relaxed));
        return true;
    }

  private:
    uint64_t _share_ns = 0;
    uint64_t _ahead_ns = 0;
    std::atomic<uint64_t> _full_ns;
};

}  // namespace mimi
#endif
