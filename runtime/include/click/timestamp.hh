// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_TIMESTAMP_HH
#define CLICK_TIMESTAMP_HH
#include <click/config.h>
#include <cstdint>
#include <sys/time.h>
#include <time.h>

class String;
class StringAccum;

// A point in time or a duration, in nanoseconds. sec() rounds down, subsec() is 0 ... 999999999, also for negatives:
// -0.5 s is sec -1, subsec 500000000.
//
// Two clocks: now() is the time of day since the epoch and may be set back; now_steady() only goes forward. Either can be
// *warped*: sped up, or replaced by a simulated clock that stands still until warp_jump_steady().
class Timestamp {
  public:
    typedef int64_t value_type;
    typedef int64_t seconds_type;
    struct uninitialized_t {};

    enum {
        subsec_per_sec = 1000000000,
        subsec_per_msec = 1000000,
        subsec_per_usec = 1000,
        nsec_per_sec = 1000000000,
        usec_per_sec = 1000000,
        msec_per_sec = 1000,
        nsec_per_msec = 1000000,
        nsec_per_usec = 1000,
        usec_per_msec = 1000,
        max_seconds = 0x7FFFFFFF,
        min_seconds = -0x7FFFFFFF - 1
    };

    constexpr Timestamp() : _ns(0) {}
    Timestamp(const uninitialized_t &) {}
    explicit constexpr Timestamp(int sec) : _ns(int64_t{sec} * nsec_per_sec) {}
    explicit constexpr Timestamp(unsigned sec) : _ns(int64_t{sec} * nsec_per_sec) {}
    explicit constexpr Timestamp(long sec) : _ns(sec * nsec_per_sec) {}
    explicit constexpr Timestamp(unsigned long sec) : _ns(static_cast<int64_t>(sec) * nsec_per_sec) {}
    explicit Timestamp(double sec);
    constexpr Timestamp(seconds_type sec, uint32_t subsec) : _ns(sec * nsec_per_sec + subsec) {}
    explicit constexpr Timestamp(const timeval &tv) : _ns(tv.tv_sec * int64_t{nsec_per_sec} + tv.tv_usec * 1000) {}
    explicit constexpr Timestamp(const timespec &ts) : _ns(ts.tv_sec * int64_t{nsec_per_sec} + ts.tv_nsec) {}

    static constexpr Timestamp make_sec(seconds_type sec) { return make(sec * nsec_per_sec); }
    static constexpr Timestamp make_msec(seconds_type sec, uint32_t msec)
    {
        return make(sec * nsec_per_sec + int64_t{msec} * nsec_per_msec);
    }
    static constexpr Timestamp make_msec(value_type msec) { return make(msec * nsec_per_msec); }
    static constexpr Timestamp make_usec(seconds_type sec, uint32_t usec)
    {
        return make(sec * nsec_per_sec + int64_t{usec} * nsec_per_usec);
    }
    static constexpr Timestamp make_usec(value_type usec) { return make(usec * nsec_per_usec); }
    static constexpr Timestamp make_nsec(seconds_type sec, uint32_t nsec) { return make(sec * nsec_per_sec + nsec); }
    static constexpr Timestamp make_nsec(value_type nsec) { return make(nsec); }
    static Timestamp make_jiffies(unsigned jiffies) { return make_msec(static_cast<value_type>(jiffies)); }
    static Timestamp make_jiffies(int jiffies) { return make_msec(static_cast<value_type>(jiffies)); }
    // The smallest positive duration.
    static constexpr Timestamp epsilon() { return make(1); }

    // ---- the clocks
    static Timestamp now();
    static Timestamp now_steady();
    // Good enough for deadlines; here as exact as now().
    static Timestamp recent() { return now(); }
    static Timestamp recent_steady() { return now_steady(); }
    static Timestamp now_unwarped();
    static Timestamp now_steady_unwarped();
    void assign_now() { *this = now(); }
    void assign_now_steady() { *this = now_steady(); }
    void assign_recent() { *this = recent(); }
    void assign_recent_steady() { *this = recent_steady(); }
    void assign_now_unwarped() { *this = now_unwarped(); }

    // ---- parts and conversions
    typedef bool (Timestamp::*unspecified_bool_type)() const;
    constexpr operator unspecified_bool_type() const { return _ns ? &Timestamp::is_negative : nullptr; }
    constexpr bool is_negative() const { return _ns < 0; }
    constexpr seconds_type sec() const { return _ns >= 0 ? _ns / nsec_per_sec : ~(~_ns / nsec_per_sec); }
    constexpr uint32_t subsec() const { return static_cast<uint32_t>(_ns - sec() * nsec_per_sec); }
    constexpr uint32_t nsec() const { return subsec(); }
    constexpr uint32_t usec() const { return subsec() / nsec_per_usec; }
    constexpr uint32_t msec() const { return subsec() / nsec_per_msec; }
    constexpr value_type nsecval() const { return _ns; }
    constexpr value_type usecval() const { return sec() * usec_per_sec + usec(); }
    constexpr value_type msecval() const { return sec() * msec_per_sec + msec(); }
    constexpr double doubleval() const { return static_cast<double>(_ns) * 1e-9; }
    constexpr value_type longval() const { return _ns; }
    unsigned jiffies() const { return static_cast<unsigned>(msecval()); }
    // Rounded up to the next whole unit.
    constexpr Timestamp usec_ceil() const { return make(-((-*this).usecval() * nsec_per_usec)); }
    constexpr Timestamp msec_ceil() const { return make(-((-*this).msecval() * nsec_per_msec)); }
    seconds_type sec_ceil() const { return -(-*this).sec(); }
    timeval timeval_ceil() const { return usec_ceil().tv(); }

    constexpr struct timeval tv() const { return {static_cast<time_t>(sec()), static_cast<suseconds_t>(usec())}; }
    constexpr struct timespec timespec() const { return {static_cast<time_t>(sec()), static_cast<long>(nsec())}; }

    void set(seconds_type sec, uint32_t subsec) { assign(sec, subsec); }
    void set_sec(seconds_type sec) { assign(sec, subsec()); }
    void set_subsec(uint32_t subsec) { assign(sec(), subsec); }
    void set_usec(seconds_type sec, uint32_t usec) { *this = make_usec(sec, usec); }
    void set_nsec(seconds_type sec, uint32_t nsec) { *this = make_nsec(sec, nsec); }
    void assign(seconds_type sec, uint32_t subsec = 0) { *this = Timestamp(sec, subsec); }
    void assign_usec(seconds_type sec, uint32_t usec) { *this = make_usec(sec, usec); }
    void assign_nsec(seconds_type sec, uint32_t nsec) { *this = make_nsec(sec, nsec); }
    void clear() { _ns = 0; }

    static constexpr uint32_t msec_to_subsec(uint32_t x) { return x * nsec_per_msec; }
    static constexpr uint32_t usec_to_subsec(uint32_t x) { return x * nsec_per_usec; }
    static constexpr uint32_t nsec_to_subsec(uint32_t x) { return x; }
    static constexpr uint32_t subsec_to_msec(uint32_t x) { return x / nsec_per_msec; }
    static constexpr uint32_t subsec_to_usec(uint32_t x) { return x / nsec_per_usec; }
    static constexpr uint32_t subsec_to_nsec(uint32_t x) { return x; }

    constexpr Timestamp operator-() const { return make(-_ns); }
    constexpr Timestamp operator+() const { return *this; }
    Timestamp &operator+=(const Timestamp &o) { return _ns += o._ns, *this; }
    Timestamp &operator-=(const Timestamp &o) { return _ns -= o._ns, *this; }
    friend constexpr Timestamp operator+(Timestamp a, const Timestamp &b) { return make(a._ns + b._ns); }
    friend constexpr Timestamp operator-(Timestamp a, const Timestamp &b) { return make(a._ns - b._ns); }
    friend constexpr bool operator==(const Timestamp &a, const Timestamp &b) { return a._ns == b._ns; }
    friend constexpr bool operator!=(const Timestamp &a, const Timestamp &b) { return a._ns != b._ns; }
    friend constexpr bool operator<(const Timestamp &a, const Timestamp &b) { return a._ns < b._ns; }
    friend constexpr bool operator>(const Timestamp &a, const Timestamp &b) { return a._ns > b._ns; }
    friend constexpr bool operator<=(const Timestamp &a, const Timestamp &b) { return a._ns <= b._ns; }
    friend constexpr bool operator>=(const Timestamp &a, const Timestamp &b) { return a._ns >= b._ns; }
    friend Timestamp operator*(const Timestamp &a, double b) { return scaled(a, b); }
    friend Timestamp operator*(double a, const Timestamp &b) { return scaled(b, a); }
    friend Timestamp operator*(const Timestamp &a, int b) { return make(a._ns * b); }
    friend Timestamp operator*(const Timestamp &a, unsigned b) { return make(a._ns * b); }
    friend Timestamp operator*(int a, const Timestamp &b) { return b * a; }
    friend Timestamp operator*(unsigned a, const Timestamp &b) { return b * a; }
    friend Timestamp operator/(const Timestamp &a, double b) { return scaled(a, 1 / b); }
    friend Timestamp operator/(const Timestamp &a, int b) { return make(a._ns / b); }
    friend Timestamp operator/(const Timestamp &a, unsigned b) { return make(a._ns / static_cast<int64_t>(b)); }
    friend double operator/(const Timestamp &a, const Timestamp &b) { return a.doubleval() / b.doubleval(); }

    // Seconds with six digits after the point, nine where six would lose something.
    String unparse() const;
    // A duration: "1.5s", "20ms", "3us".
    String unparse_interval() const;

    // ---- warping, for the whole process
    enum { warp_none = 0, warp_linear = 1, warp_nowait = 2, warp_simulation = 3 };
    static int warp_class();
    // From now on time passes `speed` times as fast (warp_linear), does not wait (warp_nowait: idle loops jump), or
    // stands still (warp_simulation).
    static void warp_set_class(int warp, double speed = 1);
    static double warp_speed();
    static void warp_set_now(const Timestamp &system, const Timestamp &steady);
    // Simulation and nowait: both clocks go forward until the steady one shows `steady`. Never back.
    static void warp_jump_steady(const Timestamp &steady);
    // How long to wait in real time for a warped duration.
    static Timestamp warp_real_delay(const Timestamp &delta);

  private:
    int64_t _ns;

    static constexpr Timestamp make(int64_t ns)
    {
        Timestamp t;
        t._ns = ns;
        return t;
    }
    static Timestamp scaled(const Timestamp &t, double factor);
};

StringAccum &operator<<(StringAccum &sa, const Timestamp &t);
StringAccum &operator<<(StringAccum &sa, const struct timeval &tv);

#define PRITIMESTAMP "%ld.%09u"

#endif
