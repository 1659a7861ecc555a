// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_GAPRATE_HH
#define CLICK_GAPRATE_HH
#include <click/error.hh>
#include <click/timestamp.hh>
#include <cstdint>

// Evenly spaced events at a given rate:  if (rate.need_update(Timestamp::now())) { rate.update(); ... }
//
// The time of the n-th event is start + n / rate, so rounding errors do not add up. Who is late catches up, but only
// for the last second: after a longer pause the count starts anew.
class GapRate {
  public:
    enum { MAX_RATE = 1000000000, UNLIMITED_RATE = static_cast<unsigned>(-1) };

    GapRate() = default;
    explicit GapRate(unsigned rate) { set_rate(rate); }

    unsigned rate() const { return _rate; }
    void set_rate(unsigned rate, ErrorHandler *errh = nullptr)
    {
        if (rate > MAX_RATE && rate != UNLIMITED_RATE) {
            if (errh)
                errh->error("rate too large; lowered to %u", static_cast<unsigned>(MAX_RATE));
            rate = MAX_RATE;
        }
        if (rate != _rate) {
            _rate = rate;
            reset();
        }
    }
    void reset() { _started = false; }

    // True when the next event is due.
    bool need_update(const Timestamp &now)
    {
        if (_rate == UNLIMITED_RATE)
            return true;
        if (_rate == 0)
            return false;
        // Or the clock was set back.
        if (!_started || now - expiry() > Timestamp(1) || _last - now > Timestamp(1)) {
            _started = true;
            _start = now;
            _count = 0;
        }
        _last = now;
        return now >= expiry();
    }
    // An event (or several) has happened.
    void update() { update_with(1); }
    void update_with(int events)
    {
        _count += static_cast<uint64_t>(events);
        // Whole seconds move to the start, to keep the product in expiry() small.
        if (_rate && _rate != UNLIMITED_RATE && _count >= _rate) {
            _start += Timestamp::make_sec(static_cast<Timestamp::seconds_type>(_count / _rate));
            _count %= _rate;
        }
    }
    // When the next event is due; only after need_update().
    Timestamp expiry() const
    {
        if (!_rate || _rate == UNLIMITED_RATE)
            return _start;
        return _start + Timestamp::make_nsec(static_cast<Timestamp::value_type>(_count * Timestamp::nsec_per_sec / _rate));
    }

  private:
    unsigned _rate = 0;
    bool _started = false;
    uint64_t _count = 0;
    Timestamp _start;
    Timestamp _last;
};

#endif
