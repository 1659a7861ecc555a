// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_RATEMETER_HH
#define MIMI_RATEMETER_HH
#include <click/config.h>
#include <click/timestamp.hh>
#include <cmath>

// An exponentially forgetting average of events a second: what happened a second ago weighs 1/e.
class RateMeter {
  public:
    void add(double n, const Timestamp &now)
    {
        roll(now);
        _count += n;
    }
    double per_second(const Timestamp &now)
    {
        roll(now);
        return _average;
    }
    void reset() { *this = RateMeter(); }

  private:
    static constexpr double slot_s = 0.1;

    void roll(const Timestamp &now)
    {
        if (!_start)
            _start = now;
        double elapsed = (now - _start).doubleval();
        if (elapsed < slot_s)
            return;
        double weight = _started ? 1 - std::exp(-elapsed) : 1;
        _average += (_count / elapsed - _average) * weight;
        _started = true;
        _count = 0;
        _start = now;
    }

    Timestamp _start;
    double _count = 0;
    double _average = 0;
    bool _started = false;
};

#endif
