// SPDX-License-Identifier: Apache-2.0
#include <click/straccum.hh>
#include <click/timestamp.hh>
#include <cmath>
#include <mutex>

// Theory of operation
//
// An unwarped clock is read from the kernel. A warped one is a line: it showed `base` when the kernel's clock showed
// `origin`, and since then `speed` seconds have passed in each second. A simulated clock has speed 0 and only jumps.
namespace {

struct Line {
    int64_t origin = 0;  // kernel time, ns
    int64_t base = 0;    // shown then, ns
};

struct Warp {
    std::atomic<int> kind{Timestamp::warp_none};
    std::mutex lock;
    double speed = 1;
    Line system, steady;
};

Warp warp;

int64_t kernel_time(clockid_t clock)
{
    timespec ts;
    clock_gettime(clock, &ts);
    return int64_t{ts.tv_sec} * Timestamp::nsec_per_sec + ts.tv_nsec;
}

int64_t shown(const Line &line, int64_t kernel)
{
    return line.base + static_cast<int64_t>(static_cast<double>(kernel - line.origin) * warp.speed);
}

int64_t read_clock(clockid_t clock, const Line &line)
{
    int64_t kernel = kernel_time(clock);
    if (warp.kind.load(std::memory_order_relaxed) == Timestamp::warp_none)
        return kernel;
    std::lock_guard<std::mutex> guard(warp.lock);
    return shown(line, kernel);
}

}  // namespace

Timestamp::Timestamp(double sec) : _ns(static_cast<int64_t>(std::llround(sec * 1e9))) {}

Timestamp Timestamp::now()
{
    return make(read_clock(CLOCK_REALTIME, warp.system));
}

Timestamp Timestamp::now_steady()
{
    return make(read_clock(CLOCK_MONOTONIC, warp.steady));
}

Timestamp Timestamp::now_unwarped()
{
    return make(kernel_time(CLOCK_REALTIME));
}

Timestamp Timestamp::now_steady_unwarped()
{
    return make(kernel_time(CLOCK_MONOTONIC));
}

int Timestamp::warp_class()
{
    return warp.kind.load(std::memory_order_relaxed);
}

double Timestamp::warp_speed()
{
    std::lock_guard<std::mutex> guard(warp.lock);
    return warp.speed;
}

void Timestamp::warp_set_class(int kind, double speed)
{
    int64_t system = now()._ns, steady = now_steady()._ns;
    std::lock_guard<std::mutex> guard(warp.lock);
    warp.speed = kind == warp_simulation ? 0 : kind == warp_linear ? speed : 1;
    warp.system = {kernel_time(CLOCK_REALTIME), system};
    warp.steady = {kernel_time(CLOCK_MONOTONIC), steady};
    warp.kind.store(kind, std::memory_order_relaxed);
}

void Timestamp::warp_set_now(const Timestamp &system, const Timestamp &steady)
{
    std::lock_guard<std::mutex> guard(warp.lock);
    warp.system = {kernel_time(CLOCK_REALTIME), system._ns};
    warp.steady = {kernel_time(CLOCK_MONOTONIC), steady._ns};
}

void Timestamp::warp_jump_steady(const Timestamp &steady)
{
    int kind = warp_class();
    if (kind != warp_simulation && kind != warp_nowait)
        return;
    int64_t delta = steady._ns - now_steady()._ns;
    if (delta <= 0)
        return;
    std::lock_guard<std::mutex> guard(warp.lock);
    warp.system.base += delta;
    warp.steady.base += delta;
}

Timestamp Timestamp::warp_real_delay(const Timestamp &delta)
{
    int kind = warp_class();
    if (kind == warp_none)
        return delta;
    double speed = warp_speed();
    return kind == warp_linear && speed > 0 ? scaled(delta, 1 / speed) : Timestamp();
}

Timestamp Timestamp::scaled(const Timestamp &t, double factor)
{
    return make(static_cast<int64_t>(std::llround(static_cast<double>(t._ns) * factor)));
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
    if (_ns < 0)
        return "-" + (-*this).unparse_interval();
    if (_ns < nsec_per_usec)
        sa << _ns << "ns";
    else if (_ns < nsec_per_msec)
        sa << static_cast<double>(_ns) / 1e3 << "us";
    else if (_ns < nsec_per_sec)
        sa << static_cast<double>(_ns) / 1e6 << "ms";
    else
        sa << doubleval() << "s";
    return sa.take_string();
}

StringAccum &operator<<(StringAccum &sa, const Timestamp &t)
{
    if (t.is_negative())
        return sa << '-' << -t;
    if (t.nsec() % 1000)
        sa.snprintf(40, "%lld.%09u", static_cast<long long>(t.sec()), t.nsec());
    else
        sa.snprintf(40, "%lld.%06u", static_cast<long long>(t.sec()), t.usec());
    return sa;
}

StringAccum &operator<<(StringAccum &sa, const struct timeval &tv)
{
    return sa << Timestamp(tv);
}
