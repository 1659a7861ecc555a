// SPDX-License-Identifier: Apache-2.0
#include <click/error.hh>
#include <click/glue.hh>
#include <click/timestamp.hh>
#include <atomic>
#include <cstdarg>
#include <sys/random.h>

thread_local unsigned click_current_thread_id = 0;

namespace {
std::atomic<unsigned> max_cpu_ids{1};
}

unsigned click_max_cpu_ids()
{
    return max_cpu_ids.load(std::memory_order_relaxed);
}

void click_set_max_cpu_ids(unsigned n)
{
    max_cpu_ids.store(n, std::memory_order_relaxed);
}

void click_chatter(const char *format, ...)
{
    va_list val;
    va_start(val, format);
    ErrorHandler::default_handler()->vxmessage(ErrorHandler::e_info, format, val);
    va_end(val);
}

uint32_t click_random(uint32_t low, uint32_t high)
{
    if (low >= high)
        return low;
    // random() has 31 bits; two draws serve wider ranges. Rejection keeps the result uniform.
    const uint64_t span = uint64_t{high} - low + 1, all = span > CLICK_RAND_MAX ? uint64_t{1} << 62 : uint64_t{1} << 31;
    const uint64_t step = all / span;
    for (;;) {
        uint64_t x = click_random();
        if (span > CLICK_RAND_MAX)
            x = x << 31 | click_random();
        if (x / step < span)
            return low + static_cast<uint32_t>(x / step);
    }
}

void click_random_srandom()
{
    uint32_t seed;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        seed = static_cast<uint32_t>(Timestamp::now_unwarped().longval());
    click_srandom(seed);
}

click_jiffies_t click_jiffies()
{
    return Timestamp::now_steady().jiffies();
}

void click_gettimeofday(timeval *tv)
{
    *tv = Timestamp::now().tv();
}

int click_qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *, void *), void *user_data)
{
    qsort_r(base, n, size, compare, user_data);
    return 0;
}

int click_qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *))
{
    qsort(base, n, size, compare);
    return 0;
}
