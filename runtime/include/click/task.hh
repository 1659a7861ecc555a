// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_TASK_HH
#define CLICK_TASK_HH
#include <click/config.h>
#include <atomic>
#include <cstdint>

class Element;
class Master;
class Router;
class RouterThread;
class Task;

// Returns true when it did useful work.
typedef bool (*TaskCallback)(Task *task, void *user_data);

// A piece of work that its thread runs over and over, in turn with others, as long as it reschedules itself.
//
// Any thread may schedule, unschedule or move a task; only its home thread runs it and touches its place in the
// run queue.
class Task {
  public:
    enum { DEFAULT_TICKETS = 1 << 10, MAX_TICKETS = 1 << 15, STRIDE1 = 1 << 16 };

    explicit Task(Element *element) noexcept;
    Task(TaskCallback callback, void *user_data) noexcept;
    ~Task();
    Task(const Task &) = delete;
    Task &operator=(const Task &) = delete;

    TaskCallback callback() const { return _callback; }
    void *user_data() const { return _user_data; }
    Element *element() const;

    // Ties the task to its owner, and to the home thread the router gives that owner. Call once, in initialize().
    void initialize(Element *owner, bool schedule);
    void initialize(Router *router, bool schedule);
    bool initialized() const { return thread() != nullptr; }

    Element *owner() const { return _owner; }
    Router *router() const { return _router; }
    Master *master() const;
    RouterThread *thread() const { return _thread.load(std::memory_order_acquire); }
    int home_thread_id() const;

    bool scheduled() const { return _scheduled.load(std::memory_order_acquire); }
    bool needs_cleanup() const { return _enqueued.load(std::memory_order_acquire); }

    void reschedule();
    // For use inside the task's own callback, where the thread is known: no lock, no wake-up.
    void fast_reschedule()
    {
        if (_enqueued.load(std::memory_order_relaxed) && !_strongly_unscheduled.load(std::memory_order_relaxed))
            _scheduled.store(true);
        else
            reschedule();
    }
    void unschedule() { _scheduled.store(false); }
    void fast_unschedule() { unschedule(); }

    // A strongly unscheduled task ignores reschedule() until strong_reschedule().
    void strong_unschedule();
    void strong_reschedule();
    bool is_strong_unscheduled() const { return _strongly_unscheduled; }

    void move_thread(int thread_id);
    void fast_schedule() { reschedule(); }

    int tickets() const { return _tickets; }
    void set_tickets(int tickets);
    void adjust_tickets(int delta) { set_tickets(_tickets + delta); }

    // Runs the callback once, whatever the schedule says.
    bool fire() { return _callback(this, _user_data); }

  private:
    static bool element_callback(Task *task, void *user_data);

    TaskCallback _callback;
    void *_user_data;
    Element *_owner = nullptr;
    Router *_router = nullptr;
    std::atomic<RouterThread *> _thread{nullptr};

    std::atomic<bool> _scheduled{false};
    std::atomic<bool> _enqueued{false};  // in a run queue, or running
    std::atomic<bool> _pending{false};   // in a thread's list of newcomers
    bool _admitted = false;              // its router runs: no need to ask again
    std::atomic<bool> _strongly_unscheduled{false};

    uint64_t _pass = 0;
    uint64_t _order = 0;  // equal passes run first come, first served
    unsigned _stride = STRIDE1 / DEFAULT_TICKETS;
    int _tickets = DEFAULT_TICKETS;

    friend class RouterThread;
};

#endif
