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
#include <utility>
#include <vector>

class Master;
class Router;

// Something whose news a thread can see without a system call: frames in memory shared with the kernel, for example. It has a
// descriptor besides, for which its element waits by add_select(): that wakes the thread once it sleeps.
class NewsSource {
  public:
    virtual bool has_news() const = 0;
    virtual void take_news() = 0;

  protected:
    ~NewsSource() = default;
};

// One driver loop: newcomers, tasks, signals, timers, then a wait for descriptors.
//
// Tasks share the thread by stride scheduling: the task with the smallest pass runs, and its pass grows by a step
// inversely proportional to its tickets. With nothing to run the loop sleeps until the next timer or descriptor.
//
// To be woken costs more than a packet does, both the thread and whoever wakes it. So while news has lately come soon, the loop first
// looks out for it for some microseconds, giving way to every other process; when news comes rarely, it sleeps at once.
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

    // To be looked at in every turn while its router runs, and for a while before sleeping. Any thread may call these; they take
    // effect with the next turn. When a router is killed its sources are gone at once.
    void add_news_source(NewsSource *source, Router *router);
    void remove_news_source(NewsSource *source);

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
    struct News {
        NewsSource *source;  // null in a change: every source of the router
        Router *router;
        bool running;
    };
    void change_news(bool add, const News &news);
    void process_news_changes();
    bool run_news();
    bool look_out(int64_t longest_ns);
    bool sleep(int64_t timeout, std::unique_lock<std::recursive_mutex> &running);
    bool other_news() const;
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
    std::mutex _news_lock;  // for the changes, and for the list while the run lock is not held
    std::vector<News> _news;
    std::vector<std::pair<bool, News>> _news_changes;  // true to add
    std::atomic<bool> _has_news_changes{false};
    bool _looks_out = false;  // it has paid lately
    unsigned _turns_without_select = 0;
    std::recursive_mutex _run_lock;  // held while elements run; Master::pause() takes it

    friend class Task;
    friend class Timer;
    friend class Master;
};

#endif
