// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/error.hh>
#include <click/glue.hh>
#include <click/integers.hh>
#include <click/timestamp.hh>
#include <algorithm>
#include <atomic>
#include <sys/random.h>
#include <thread>

void click_chatter(const char *format, ...)
{
    va_list val;
    va_start(val, format);
    ErrorHandler::default_handler()->vxmessage(ErrorHandler::e_info, format, val);
    va_end(val);
}

// Splits the generator's range into as many equal parts as there are values, and tries again outside of them.
uint32_t click_random(uint32_t low, uint32_t high)
{
    if (high <= low)
        return low;
    const uint64_t values = uint64_t{high} - low + 1;
    const uint64_t range = uint64_t{CLICK_RAND_MAX} + 1;
    if (values > range)
        return low + ((click_random() << 1) ^ (click_random() & 1));
    const uint64_t part = range / values;
    uint64_t value;
    do {
        value = click_random() / part;
    } while (value >= values);
    return low + static_cast<uint32_t>(value);
}

void click_random_srandom()
{
    uint32_t seed;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed)
        seed = static_cast<uint32_t>(Timestamp::now_unwarped().nsecval()) ^ static_cast<uint32_t>(getpid()) << 16;
    click_srandom(seed);
}

thread_local unsigned click_current_thread_id = 0;

static std::atomic<unsigned> max_cpu_ids{std::max(1u, std::thread::hardware_concurrency())};

unsigned click_max_cpu_ids()
{
    return max_cpu_ids.load(std::memory_order_relaxed);
}

void click_set_max_cpu_ids(unsigned n)
{
    max_cpu_ids.store(std::max(1u, n), std::memory_order_relaxed);
}

click_jiffies_t click_jiffies()
{
    return static_cast<click_jiffies_t>(Timestamp::now_steady().msecval());
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

uint64_t int_sqrt(uint64_t x)
{
    uint64_t root = 0;
    for (uint64_t bit = uint64_t{1} << 31; bit; bit >>= 1)
        if ((root + bit) * (root + bit) <= x)
            root += bit;
    return root;
}

uint32_t int_sqrt(uint32_t x)
{
    return static_cast<uint32_t>(int_sqrt(uint64_t{x}));
}
