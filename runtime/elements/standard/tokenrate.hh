// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_TOKENRATE_HH
#define MIMI_TOKENRATE_HH
#include <click/config.h>
#include <click/timestamp.hh>
#include <algorithm>

// A token bucket: fills at a steady rate up to a bound; events take tokens out.
class TokenRate {
  public:
    // `burst`: tokens it may hold; at least 1.
    void assign(double tokens_per_second, double burst)
    {
        _rate = tokens_per_second;
        _burst = std::max(1.0, burst);
    }
    double rate() const { return _rate; }
    // Begins with as much as it may hold, or with `tokens`.
    void start(const Timestamp &now) { start(now, _burst); }
    void start(const Timestamp &now, double tokens)
    {
        _last = now;
        _tokens = tokens;
    }
    void refill(const Timestamp &now)
    {
        _tokens = std::min(_burst, _tokens + (now - _last).doubleval() * _rate);
        _last = now;
    }
    bool available(double n = 1) const { return _tokens + 1e-9 >= n; }
    void remove(double n = 1) { _tokens -= n; }
    // How long until n tokens are there; a day when none ever come.
    Timestamp wait_for(double n = 1) const
    {
        double seconds = _rate > 0 ? (n - _tokens) / _rate : 86400;
        return Timestamp(std::clamp(seconds, 1e-6, 86400.0));
    }

  private:
    double _rate = 0;
    double _burst = 1;
    double _tokens = 0;
    Timestamp _last;
};

#endif
