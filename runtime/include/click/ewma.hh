// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_EWMA_HH
#define CLICK_EWMA_HH
#include <click/confparse.hh>
#include <click/glue.hh>
#include <click/timestamp.hh>
#include <cstdint>

// Exponentially weighted moving averages in fixed point. With stability shift s a new value counts 1/2^s; averages are
// kept with `scale` fraction bits.

// How averages are kept, fixed when compiled: T and U are the signed and unsigned types used.
template <unsigned STABILITY, unsigned SCALE, typename U = unsigned, typename S = int>
class FixedEWMAXParameters {
  public:
    typedef U value_type;
    typedef S signed_value_type;
    enum { stability_shift = STABILITY, scale = SCALE, compensation = 1 << (STABILITY - 1) };
    // Averages of rates: by default, one sample per jiffy.
    static unsigned epoch_frequency() { return CLICK_HZ; }
    static unsigned epoch() { return click_jiffies(); }
    static constexpr unsigned get_stability_shift() { return STABILITY; }
    static constexpr unsigned get_scale() { return SCALE; }
};

// The same for rates, whose samples are taken once per epoch.
template <unsigned STABILITY, unsigned SCALE, typename U = unsigned, typename S = int>
class RateEWMAXParameters : public FixedEWMAXParameters<STABILITY, SCALE, U, S> {};

// The same with the stability chosen at run time.
template <unsigned SCALE, typename U = unsigned, typename S = int>
class StabilityEWMAXParameters {
  public:
    typedef U value_type;
    typedef S signed_value_type;
    enum { scale = SCALE };
    explicit StabilityEWMAXParameters(unsigned shift = 4) : _shift(shift) {}
    static unsigned epoch_frequency() { return CLICK_HZ; }
    static unsigned epoch() { return click_jiffies(); }
    unsigned get_stability_shift() const { return _shift; }
    static constexpr unsigned get_scale() { return SCALE; }
    void set_stability_shift(unsigned shift) { _shift = shift; }

  private:
    unsigned _shift;
};

template <typename P>
class DirectEWMAX : public P {
  public:
    typedef typename P::value_type value_type;
    typedef typename P::signed_value_type signed_value_type;

    DirectEWMAX(const P &parameters = P()) : P(parameters) {}

    value_type scaled_average() const { return _average; }
    value_type unscaled_average() const { return (_average + (value_type{1} << (this->get_scale() - 1))) >> this->get_scale(); }
    value_type average() const { return scaled_average(); }
    unsigned scale() const { return this->get_scale(); }
    unsigned stability_shift() const { return this->get_stability_shift(); }
    void clear() { _average = 0; }
    void assign(value_type average) { _average = average; }

    void update(value_type x)
    {
        signed_value_type difference = static_cast<signed_value_type>((x << this->get_scale()) - _average);
        signed_value_type half = signed_value_type{1} << (this->get_stability_shift() - 1);
        _average += static_cast<value_type>((difference + half) >> this->get_stability_shift());
    }
    // n samples of the same value.
    void update_n(value_type x, unsigned n)
    {
        while (n-- > 0 && (x << this->get_scale()) != _average) {
            value_type before = _average;
            update(x);
            if (_average == before)
                break;
        }
    }
    String unparse() const { return cp_unparse_real2(static_cast<uint32_t>(_average), static_cast<int>(this->get_scale())); }

  private:
    value_type _average = 0;
};

// Counts events per epoch, and averages the counts. N counters share the epochs.
template <typename P, unsigned N = 1>
class RateEWMAX : public P {
  public:
    typedef typename P::value_type value_type;

    RateEWMAX(const P &parameters = P()) : P(parameters) { initialize(); }

    void initialize(unsigned now = P::epoch())
    {
        _epoch = now;
        for (unsigned i = 0; i < N; ++i) {
            _current[i] = 0;
            _average[i].clear();
        }
    }
    void update_time(unsigned now = P::epoch())
    {
        unsigned passed = now - _epoch;
        if (passed == 0)
            return;
        for (unsigned i = 0; i < N; ++i) {
            _average[i].update(_current[i]);
            _current[i] = 0;
            _average[i].update_n(0, passed - 1);
        }
        _epoch = now;
    }
    void update(signed delta, unsigned which = 0)
    {
        update_time();
        _current[which] += static_cast<value_type>(delta);
    }
    void update_now(signed delta, unsigned which = 0) { _current[which] += static_cast<value_type>(delta); }

    unsigned scale() const { return this->get_scale(); }
    unsigned stability_shift() const { return this->get_stability_shift(); }
    // Events per epoch, in fixed point; call update_time() first for the present value.
    value_type scaled_average(unsigned which = 0) const { return _average[which].scaled_average(); }
    // Events per second.
    value_type rate(unsigned which = 0) const
    {
        return static_cast<value_type>((uint64_t{scaled_average(which)} * P::epoch_frequency()) >> this->get_scale());
    }
    // Per second, in fixed point with scale() fraction bits.
    uint64_t scaled_rate(unsigned which = 0) const { return uint64_t{scaled_average(which)} * P::epoch_frequency(); }
    String unparse_rate(unsigned which = 0) const
    {
        return cp_unparse_real2(scaled_rate(which), static_cast<int>(this->get_scale()));
    }

  private:
    unsigned _epoch;
    value_type _current[N];
    DirectEWMAX<P> _average[N];
};

typedef DirectEWMAX<FixedEWMAXParameters<4, 10>> DirectEWMA;
typedef DirectEWMAX<FixedEWMAXParameters<4, 10, uint64_t, int64_t>> DirectEWMA64;
typedef RateEWMAX<FixedEWMAXParameters<4, 10>, 1> RateEWMA;
typedef RateEWMAX<FixedEWMAXParameters<4, 10, uint64_t, int64_t>, 1> RateEWMA64;

#endif
