// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_TOKENBUCKET_HH
#define CLICK_TOKENBUCKET_HH
#include <click/glue.hh>
#include <click/timer.hh>
#include <algorithm>
#include <cstdint>
#include <limits>

// A bucket that fills with `rate` tokens per second up to `capacity`, and is emptied by use. Time is in jiffies.
//
// The contents are kept in tokens times CLICK_HZ, so that a jiffy's share is a whole number and nothing is lost.
class TokenBucket {
  public:
    typedef unsigned token_type;
    typedef click_jiffies_t time_point_type;
    typedef click_jiffies_t duration_type;
    typedef click_jiffies_t ticks_type;
    static constexpr token_type max_tokens = std::numeric_limits<token_type>::max();
    static constexpr duration_type max_duration = std::numeric_limits<click_jiffies_difference_t>::max();

    TokenBucket() { assign(); }
    TokenBucket(token_type rate, token_type capacity) { assign(rate, capacity); }
    explicit TokenBucket(bool unlimited) { assign(unlimited); }

    // Starts full. An unlimited bucket always contains enough, an idle one (rate 0) gets none. The capacity is at least what
    // a jiffy brings.
    void assign(token_type rate, token_type capacity)
    {
        set_rate(rate, capacity);
        set_full();
        _time = click_jiffies();
    }
    void assign(bool unlimited = false)
    {
        assign(0, max_tokens);
        _unlimited = unlimited;
    }
    // Keeps the tokens, as far as they fit.
    void assign_adjust(token_type rate, token_type capacity)
    {
        set_rate(rate, capacity);
        _scaled = std::min(_scaled, most());
    }

    bool unlimited() const { return _unlimited; }
    bool idle() const { return !_unlimited && (_rate == 0 || _capacity == 0); }
    token_type rate() const { return _unlimited ? max_tokens : _rate; }
    token_type capacity() const { return _unlimited ? max_tokens : _capacity; }
    bool full() const { return _unlimited || _scaled == most(); }
    bool empty() const { return !_unlimited && _scaled == 0; }
    token_type size() const { return _unlimited ? max_tokens : static_cast<token_type>(_scaled / CLICK_HZ); }

    void clear() { _scaled = 0; }
    void set_full() { _scaled = most(); }
    void set(token_type n) { _scaled = std::min(uint64_t{n} * CLICK_HZ, most()); }

    void refill() { refill(click_jiffies()); }
    void refill(time_point_type now)
    {
        // A time before the last one is where to count from.
        if (!click_jiffies_less(_time, now)) {
            _time = now;
            return;
        }
        const uint64_t passed = now - _time;
        _time = now;
        _scaled = std::min(_scaled + passed * _rate, most());
    }
    void fast_refill() { refill(); }
    void set_time_point(time_point_type now) { _time = now; }
    time_point_type time_point() const { return _time; }

    bool contains(token_type n) const { return _unlimited || _scaled >= uint64_t{n} * CLICK_HZ; }
    // Down to none.
    void remove(token_type n) { _scaled -= std::min(_scaled, uint64_t{n} * CLICK_HZ); }
    bool remove_if(token_type n)
    {
        const bool enough = contains(n);
        if (enough && !_unlimited)
            remove(n);
        return enough;
    }
    void adjust(int n)
    {
        if (n < 0)
            remove(0u - static_cast<token_type>(n));
        else
            _scaled = std::min(_scaled + static_cast<uint64_t>(n) * CLICK_HZ, most());
    }

    // Jiffies until there will be n tokens.
    duration_type time_until_contains(token_type n) const
    {
        const uint64_t wanted = uint64_t{n} * CLICK_HZ;
        if (contains(n))
            return 0;
        if (!_rate || wanted > most())
            return max_duration;
        return static_cast<duration_type>(std::min<uint64_t>((wanted - _scaled + _rate - 1) / _rate, max_duration));
    }

  private:
    bool _unlimited = false;
    token_type _rate = 0;
    token_type _capacity = 0;
    uint64_t _scaled = 0;
    time_point_type _time = 0;

    uint64_t most() const { return uint64_t{_capacity} * CLICK_HZ; }
    void set_rate(token_type rate, token_type capacity)
    {
        _unlimited = false;
        _rate = rate;
        _capacity = std::max(capacity, rate / CLICK_HZ);
    }
};

#endif
