// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ROUTERTHREAD_HH
#define CLICK_ROUTERTHREAD_HH
#include <click/selectset.hh>
#include <click/task.hh>
#include <click/timerset.hh>
#include <atomic>
#include <cstdint>
#include <mimi/graceperiod.hh>
#include <mutex>
#include <vector>

class Master;
class Router;

// One driver loop: newcomers, tasks, signals, timers, then a wait for descriptors.
//
// Tasks share the thread by stride scheduling: the task with the smallest pass runs, and its pass grows by a step
// inversely proportional to its tickets. With nothing to run the loop sleeps until the next timer or descriptor.
class RouterThread {
  public:
    RouterThread(Master *master, int id);
    ~RouterThread();
    RouterThread(const RouterThread &) = delete;
    RouterThread &operator=(const RouterThread &) = delete;

    int thread_id() const { return _id; }
    Master *master() const { return _master; }
    TimerSet &timer_set() { return _timers; }
    SelectSet &select_set() { return _selects; }

    // Runs until the master says stop.
    void driver();

    enum Wait { wait_never, wait_allowed };
    // One turn of the loop. False when it found nothing to do (with wait_never: the thread is idle).
    bool turn(Wait wait);
    // Sleeps until there is something to do, at most to a point in time of the steady clock, then takes a turn.
    void turn_until(const Timestamp *deadline);

    // True when tasks are scheduled or a timer has expired.
    bool active();
    bool running() const { return _running.load(std::memory_order_relaxed); }

    void wake();

    // The thread whose loop the caller is in; null and -1 outside every loop.
    static RouterThread *current();
    static int current_thread_id();

  private:
    void add_pending(Task *task);
    void process_pending();
    bool run_tasks(int limit);
    void enqueue(Task *task);
    void forget(Task *task);
    void kill_router(Router *router);
    void start_router(Router *router);
    int64_t idle_time_ns();
    bool run_os(int64_t longest_ns, bool busy, std::unique_lock<std::recursive_mutex> &running);
    void finish(Task *task);
    bool turn_for(int64_t longest_ns);
    void begin_turn();
    void end_turn();

    static bool later(const Task *a, const Task *b)
    {
        return a->_pass != b->_pass ? a->_pass > b->_pass : a->_order > b->_order;
    }

    Master *_master;
    int _id;
    TimerSet _timers;
    SelectSet _selects;

    std::vector<Task *> _queue;  // heap on pass
    Task *_current = nullptr;
    uint64_t _pass = 0;
    uint64_t _order = 0;

    std::mutex _pending_lock;
    std::vector<Task *> _pending;
    std::atomic<bool> _has_pending{false};
    std::atomic<bool> _running{false};
    std::atomic<bool> _sleeping{false};
    mimi::GracePeriod::Reader _reader;  // elements read shared tables while a turn lasts, and hold nothing beyond it
    int _turns = 0;                     // nested
    std::recursive_mutex _run_lock;  // held while elements run; Master::pause() takes it

    friend class Task;
    friend class Timer;
    friend class Master;
};

#endif
