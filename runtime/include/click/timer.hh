// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_TIMER_HH
#define CLICK_TIMER_HH
#include <click/config.h>
#include <click/timestamp.hh>
#include <cstddef>
#include <cstdint>

class Element;
class Router;
class RouterThread;
class Task;
class Timer;

typedef void (*TimerCallback)(Timer *timer, void *user_data);
typedef TimerCallback TimerHook;

// A callback at a point in time, on the home thread of its owner. It fires once per schedule.
//
// The expiry is kept on the steady clock; wall-clock times are converted when they are given and when they are asked for.
class Timer {
  public:
    struct do_nothing_t {};
    Timer();                                           // does nothing, and says so when it is initialized
    Timer(const do_nothing_t &);                       // does nothing
    explicit Timer(Element *element);                  // calls element->run_timer(this)
    explicit Timer(Task *task);                        // reschedules the task
    Timer(TimerCallback callback, void *user_data);
    Timer(const Timer &other);                         // same callback, not initialized
    ~Timer();
    Timer &operator=(const Timer &) = delete;

    void initialize(Element *owner, bool quiet = false);
    void initialize(Router *router);
    bool initialized() const { return _thread != nullptr; }

    void assign();  // to nothing
    void assign(Element *element);
    void assign(Task *task);
    void assign(TimerCallback callback, void *user_data);

    bool scheduled() const { return _position != npos; }
    Timestamp expiry() const;  // zero when never scheduled
    const Timestamp &expiry_steady() const { return _expiry; }

    void schedule_at(const Timestamp &when);
    void schedule_at_steady(const Timestamp &when);
    void schedule_after(const Timestamp &delta);
    void schedule_after_sec(uint32_t seconds) { schedule_after(Timestamp(static_cast<int32_t>(seconds), 0)); }
    void schedule_after_msec(uint32_t milliseconds) { schedule_after(Timestamp::make_msec(milliseconds)); }
    void schedule_now() { schedule_at_steady(Timestamp::now_steady()); }

    // Relative to the last expiry, so that a periodic timer does not drift.
    void reschedule_after(const Timestamp &delta) { schedule_at_steady(_expiry + delta); }
    void reschedule_after_sec(uint32_t seconds) { reschedule_after(Timestamp(static_cast<int32_t>(seconds), 0)); }
    void reschedule_after_msec(uint32_t milliseconds) { reschedule_after(Timestamp::make_msec(milliseconds)); }
    void reschedule_at(const Timestamp &when) { schedule_at(when); }
    void reschedule_at_steady(const Timestamp &when) { schedule_at_steady(when); }

    void unschedule();
    void clear()
    {
        unschedule();
        _expiry = Timestamp();
    }

    Element *element() const { return _owner; }
    Router *router() const { return _router; }
    RouterThread *thread() const { return _thread; }
    int home_thread_id() const;

  private:
    static constexpr size_t npos = static_cast<size_t>(-1);

    static void unassigned(Timer *, void *);
    static void nothing(Timer *, void *);
    static void element_callback(Timer *, void *);
    static void task_callback(Timer *, void *);

    Timestamp _expiry;
    TimerCallback _callback;
    void *_user_data;
    Element *_owner = nullptr;
    Router *_router = nullptr;
    RouterThread *_thread = nullptr;
    size_t _position = npos;  // in the heap of its thread
    uint64_t _order = 0;      // equal expiries fire in the order they were scheduled

    friend class TimerSet;
};

#endif
