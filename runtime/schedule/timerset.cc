// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/timerset.hh>
#include <click/master.hh>
#include <algorithm>

bool TimerSet::before(const Timer *a, const Timer *b) const
{
    return a->_expiry != b->_expiry ? a->_expiry < b->_expiry : a->_order < b->_order;
}

void TimerSet::place(size_t at, Timer *timer)
{
    _heap[at] = timer;
    timer->_position = at;
}

void TimerSet::sift_up(size_t at)
{
    Timer *timer = _heap[at];
    while (at > 0) {
        size_t parent = (at - 1) / 2;
        if (!before(timer, _heap[parent]))
            break;
        place(at, _heap[parent]);
        at = parent;
    }
    place(at, timer);
}

void TimerSet::sift_down(size_t at)
{
    Timer *timer = _heap[at];
    for (size_t child = 2 * at + 1; child < _heap.size(); child = 2 * at + 1) {
        if (child + 1 < _heap.size() && before(_heap[child + 1], _heap[child]))
            ++child;
        if (!before(_heap[child], timer))
            break;
        place(at, _heap[child]);
        at = child;
    }
    place(at, timer);
}

void TimerSet::remove(Timer *timer)
{
    size_t at = timer->_position;
    Timer *last = _heap.back();
    _heap.pop_back();
    timer->_position = Timer::npos;
    if (last == timer)
        return;
    place(at, last);
    sift_up(at);
    sift_down(last->_position);
}

bool TimerSet::schedule(Timer *timer, const Timestamp &expiry)
{
    std::lock_guard guard(_lock);
    if (timer->_position != Timer::npos)
        remove(timer);
    timer->_expiry = expiry;
    timer->_order = ++_order;
    _heap.push_back(timer);
    sift_up(_heap.size() - 1);
    return timer->_position == 0;
}

void TimerSet::unschedule(Timer *timer)
{
    std::lock_guard guard(_lock);
    if (timer->_position != Timer::npos)
        remove(timer);
}

void TimerSet::kill_router(Router *router)
{
    std::lock_guard guard(_lock);
    const std::vector<Timer *> all = _heap;
    for (Timer *timer : all)
        if (timer->_router == router)
            remove(timer);
}

// Almost always the root. While a new router is being prepared beside a running one, its timers are passed over.
Timer *TimerSet::first_running(const Master *master) const
{
    if (_heap.empty() || master->router_running(_heap.front()->_router))
        return _heap.empty() ? nullptr : _heap.front();
    Timer *first = nullptr;
    for (Timer *timer : _heap)
        if ((!first || before(timer, first)) && master->router_running(timer->_router))
            first = timer;
    return first;
}

bool TimerSet::run_timers(Master *master, int limit)
{
    std::unique_lock guard(_lock);
    if (_heap.empty())
        return false;
    const Timestamp now = Timestamp::now_steady();
    // Timers that are scheduled while we are here wait for the next turn: one that expires at once would starve the rest.
    const uint64_t newest = _order;
    bool fired = false;
    for (; limit > 0; --limit) {
        Timer *timer = first_running(master);
        if (!timer || timer->_expiry > now || timer->_order > newest)
            break;
        remove(timer);
        fired = true;
        // The callback may destroy the timer, and may wait for another thread: nothing is held or used afterwards.
        guard.unlock();
        timer->_callback(timer, timer->_user_data);
        guard.lock();
    }
    return fired;
}

Timer *TimerSet::next_timer()
{
    std::lock_guard guard(_lock);
    return _heap.empty() ? nullptr : _heap.front();
}

bool TimerSet::next_expiry(const Master *master, Timestamp &expiry)
{
    std::lock_guard guard(_lock);
    Timer *timer = first_running(master);
    if (!timer)
        return false;
    expiry = timer->_expiry;
    return true;
}
