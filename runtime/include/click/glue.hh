// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_GLUE_HH
#define CLICK_GLUE_HH
#include <click/config.h>
#include <algorithm>
#include <arpa/inet.h>
#include <cassert>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <inttypes.h>
#include <new>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>

// What elements expect of their surroundings: messages, random numbers, clocks, fences, byte order.

// ---- messages

// Prints to the default error handler, a newline is added.
void click_chatter(const char *format, ...);

// ---- random numbers, from random(3)

#define CLICK_RAND_MAX 0x7FFFFFFFU

inline uint32_t click_random()
{
    return static_cast<uint32_t>(random());
}
// Uniform on [low, high], both included; low if the range is empty.
uint32_t click_random(uint32_t low, uint32_t high);
inline void click_srandom(uint32_t seed)
{
    srandom(seed);
}
// Seeds from the operating system's entropy.
void click_random_srandom();

// ---- threads

// The driver thread that runs the caller: 0 in programs with a single one. Driver threads set it when they start.
extern thread_local unsigned click_current_thread_id;
inline unsigned click_current_cpu_id()
{
    return click_current_thread_id;
}
// How many values click_current_cpu_id() has. It can be raised while no driver thread runs.
enum { CLICK_CPU_MAX = 256 };
unsigned click_max_cpu_ids();
void click_set_max_cpu_ids(unsigned n);

typedef unsigned click_processor_t;
inline click_processor_t click_get_processor()
{
    return click_current_cpu_id();
}
inline void click_put_processor() {}
inline click_processor_t click_current_processor()
{
    return click_current_cpu_id();
}
inline click_processor_t click_invalid_processor()
{
    return static_cast<click_processor_t>(-1);
}

inline void click_compiler_fence()
{
    asm volatile("" : : : "memory");
}
inline void click_fence()
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
inline void click_read_fence()
{
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
}
inline void click_write_fence()
{
    __atomic_thread_fence(__ATOMIC_RELEASE);
}
// For the body of a loop that waits for another thread.
inline void click_relax_fence()
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield" : : : "memory");
#endif
}
inline void click_master_fence() {}

// ---- clocks

// Jiffies are milliseconds, from the steady clock; they follow a simulated clock.
#define CLICK_HZ 1000
typedef unsigned click_jiffies_t;
typedef int click_jiffies_difference_t;
#define HAS_LONG_CLICK_JIFFIES_T 0
click_jiffies_t click_jiffies();
inline bool click_jiffies_less(click_jiffies_t a, click_jiffies_t b)
{
    return static_cast<click_jiffies_difference_t>(a - b) < 0;
}

void click_gettimeofday(timeval *tv);

typedef uint64_t click_cycles_t;
typedef uint64_t cycles_t;
inline click_cycles_t click_get_cycles()
{
#if defined(__x86_64__) || defined(__i386__)
    return __builtin_ia32_rdtsc();
#else
    timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return static_cast<uint64_t>(ts.tv_sec) * 1000000000 + static_cast<uint64_t>(ts.tv_nsec);
#endif
}

// ---- sorting and memory

// Like qsort(), with a user value for the comparison. Returns 0.
int click_qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *, void *), void *user_data = nullptr);
int click_qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));

// In ascending order.
template <typename T>
int click_qsort(T *base, size_t n)
{
    std::sort(base, base + n);
    return 0;
}

#define CLICK_LALLOC(size) (static_cast<void *>(::operator new(size, std::nothrow)))
#define CLICK_LFREE(p, size) (::operator delete((void *) (p)))

// ---- byte order

#ifndef le16_to_cpu
# if CLICK_BYTE_ORDER == CLICK_BIG_ENDIAN
#  define le16_to_cpu(x) __builtin_bswap16(x)
#  define le32_to_cpu(x) __builtin_bswap32(x)
#  define le64_to_cpu(x) __builtin_bswap64(x)
# else
#  define le16_to_cpu(x) (x)
#  define le32_to_cpu(x) (x)
#  define le64_to_cpu(x) (x)
# endif
# define cpu_to_le16(x) le16_to_cpu(x)
# define cpu_to_le32(x) le32_to_cpu(x)
# define cpu_to_le64(x) le64_to_cpu(x)
#endif

#ifndef htonll
# if CLICK_BYTE_ORDER == CLICK_BIG_ENDIAN
#  define htonll(x) (x)
# else
#  define htonll(x) __builtin_bswap64(x)
# endif
# define ntohll(x) htonll(x)
#endif

// Shows the bits of an IPv4 address kept in network order.
#define IP_ADDR_BYTES(a) ((const unsigned char *) &(a))

#ifndef click_min
template <typename T>
constexpr const T &click_min(const T &a, const T &b)
{
    return b < a ? b : a;
}
template <typename T>
constexpr const T &click_max(const T &a, const T &b)
{
    return a < b ? b : a;
}
#endif

#endif
