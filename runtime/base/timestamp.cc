// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/glue.hh>
#include <click/straccum.hh>
#include <click/timestamp.hh>
#include <atomic>
#include <cmath>

namespace {

struct Clock {
    std::atomic<int64_t> at_real{0};  // real time when `shown` was set
    std::atomic<int64_t> shown{0};
};

// warp_class is written last and read first: the rest is in place then.
std::atomic<int> warp{Timestamp::warp_none};
std::atomic<double> speed{1};
Clock system_clock_, steady_clock_;

int64_t read_clock(clockid_t id)
{
    timespec ts;
    clock_gettime(id, &ts);
    return static_cast<int64_t>(ts.tv_sec) * Timestamp::nsec_per_sec + ts.tv_nsec;
}

int64_t warped(int mode, const Clock &clock, int64_t real)
{
    if (mode == Timestamp::warp_simulation)
        return clock.shown.load(std::memory_order_relaxed);
    const double passed = static_cast<double>(real - clock.at_real.load(std::memory_order_relaxed));
    const double factor = mode == Timestamp::warp_linear ? speed.load(std::memory_order_relaxed) : 1;
    return clock.shown.load(std::memory_order_relaxed) + static_cast<int64_t>(passed * factor);
}

void set_clock(Clock &clock, int64_t real, int64_t shown)
{
    clock.at_real.store(real, std::memory_order_relaxed);
    clock.shown.store(shown, std::memory_order_relaxed);
}

}  // namespace

Timestamp::Timestamp(double sec) : _ns(static_cast<int64_t>(std::llround(sec * 1e9))) {}

Timestamp Timestamp::scaled(const Timestamp &t, double factor)
{
    return make(static_cast<int64_t>(std::llround(static_cast<double>(t._ns) * factor)));
}

Timestamp Timestamp::now_unwarped()
{
    return make(read_clock(CLOCK_REALTIME));
}

Timestamp Timestamp::now_steady_unwarped()
{
    return make(read_clock(CLOCK_MONOTONIC));
}

Timestamp Timestamp::now()
{
    int mode = warp.load(std::memory_order_acquire);
    if (likely(mode == warp_none))
        return now_unwarped();
    return make(warped(mode, system_clock_, mode == warp_simulation ? 0 : read_clock(CLOCK_REALTIME)));
}

Timestamp Timestamp::now_steady()
{
    int mode = warp.load(std::memory_order_acquire);
    if (likely(mode == warp_none))
        return now_steady_unwarped();
    return make(warped(mode, steady_clock_, mode == warp_simulation ? 0 : read_clock(CLOCK_MONOTONIC)));
}

int Timestamp::warp_class()
{
    return warp.load(std::memory_order_acquire);
}

double Timestamp::warp_speed()
{
    return speed.load(std::memory_order_relaxed);
}

// The clocks go on from where they are.
void Timestamp::warp_set_class(int mode, double factor)
{
    Timestamp system = now(), steady = now_steady();
    speed.store(mode == warp_linear ? factor : 1, std::memory_order_relaxed);
    warp_set_now(system, steady);
    warp.store(mode, std::memory_order_release);
}

void Timestamp::warp_set_now(const Timestamp &system, const Timestamp &steady)
{
    set_clock(system_clock_, read_clock(CLOCK_REALTIME), system._ns);
    set_clock(steady_clock_, read_clock(CLOCK_MONOTONIC), steady._ns);
}

void Timestamp::warp_jump_steady(const Timestamp &steady)
{
    int mode = warp_class();
    int64_t ahead = steady._ns - now_steady()._ns;
    if ((mode == warp_simulation || mode == warp_nowait) && ahead > 0) {
        system_clock_.shown.fetch_add(ahead, std::memory_order_relaxed);
        steady_clock_.shown.fetch_add(ahead, std::memory_order_relaxed);
    }
}

Timestamp Timestamp::warp_real_delay(const Timestamp &delta)
{
    switch (warp_class()) {
    case warp_none:
        return delta;
    case warp_linear:
        return delta / warp_speed();
    default:
        return Timestamp();
    }
}

String Timestamp::unparse() const
{
    StringAccum sa;
    sa << *this;
    return sa.take_string();
}

String Timestamp::unparse_interval() const
{
    StringAccum sa;
    if (is_negative())
        return String("-") + (-*this).unparse_interval();
    if (sec() == 0 && subsec() != 0) {
        const bool micro = subsec() < nsec_per_msec;
        const uint32_t unit = micro ? nsec_per_usec : nsec_per_msec;
        if (subsec() % unit == 0) {
            sa << subsec() / unit << (micro ? "us" : "ms");
            return sa.take_string();
        }
    }
    sa << sec();
    if (uint32_t rest = subsec()) {
        char *point = sa.extend(10);
        point[0] = '.';
        for (int i = 9; i > 0; --i, rest /= 10)
            point[i] = static_cast<char>('0' + rest % 10);
        while (sa.back() == '0')
            sa.pop_back();
    }
    sa << 's';
    return sa.take_string();
}

StringAccum &operator<<(StringAccum &sa, const Timestamp &t)
{
    if (t.is_negative()) {
        sa << '-';
        return sa << -t;
    }
    sa << t.sec() << '.';
    return t.subsec() % Timestamp::nsec_per_usec ? sa.snprintf(9, "%09u", t.subsec()) : sa.snprintf(6, "%06u", t.usec());
}

StringAccum &operator<<(StringAccum &sa, const struct timeval &tv)
{
    return sa << Timestamp(tv);
}
