// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_TIMERSET_HH
#define CLICK_TIMERSET_HH
#include <click/timer.hh>
#include <mutex>
#include <vector>

class Master;

// The timers of one thread, as a heap on expiry.
class TimerSet {
  public:
    TimerSet() = default;
    TimerSet(const TimerSet &) = delete;
    TimerSet &operator=(const TimerSet &) = delete;

    // True when the timer is now the first to expire.
    bool schedule(Timer *timer, const Timestamp &expiry);
    void unschedule(Timer *timer);
    void kill_router(Router *router);

    // Fires what has expired, at most `limit` timers; timers of routers that do not run yet stay. True if one fired.
    bool run_timers(Master *master, int limit);

    // False when no running router has a timer. `expiry` is on the steady clock.
    bool next_expiry(const Master *master, Timestamp &expiry);

    size_t size() const { return _heap.size(); }
    // The one that expires first; null when there is none.
    Timer *next_timer();

  private:
    bool before(const Timer *a, const Timer *b) const;
    void place(size_t at, Timer *timer);
    void sift_up(size_t at);
    void sift_down(size_t at);
    void remove(Timer *timer);
    Timer *first_running(const Master *master) const;

    mutable std::recursive_mutex _lock;
    std::vector<Timer *> _heap;
    uint64_t _order = 0;
};

#endif
