// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_MASTER_HH
#define CLICK_MASTER_HH
#include <click/router.hh>
#include <click/routerthread.hh>
#include <click/string.hh>
#include <atomic>
#include <csignal>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

class Router;

// What the routers of a process share: driver threads, signals, and the decision to go on or to stop.
//
// A Router registers itself when it is constructed, is prepared when it starts to initialize (its tasks and
// timers are kept but do not run), and runs from activation until it is killed. A Router asks for a stop by lowering its
// runcount and calling request_stop(); thread 0 then consults the router's driver script (check_driver).
class Master {
  public:
    explicit Master(int nthreads = 1);
    ~Master();
    Master(const Master &) = delete;
    Master &operator=(const Master &) = delete;

    // Reference count: the last unuse() deletes the master.
    void use() { ++_refcount; }
    void unuse();

    int nthreads() const { return static_cast<int>(_threads.size()); }
    RouterThread *thread(int id) const;

    void register_router(Router *router);
    void prepare_router(Router *router);
    void run_router(Router *router, bool foreground = true);
    // Takes every task, timer and descriptor of the router off the threads. After this nothing of it runs.
    void kill_router(Router *router);
    void unregister_router(Router *router);
    bool router_running(const Router *router) const;
    int nrouters() const;

    // The runcount of some router fell to zero or below: look at it soon.
    void request_stop()
    {
        _stop_requested.store(true, std::memory_order_release);
        wake_somebody();
    }
    // Thread 0 calls the function between two turns, when no element is running: the moment for a hot swap.
    void request_call(std::function<void()> call);

    // Runs every driver loop until no foreground router is left; this thread becomes thread 0.
    void run();
    // Serves stop requests: true while there is a router left to drive.
    bool check_driver();
    bool alive() const;

    // While paused, no other thread runs elements.
    void pause();
    void unpause();

    // A signal calls a write handler of the router, named as from its top level.
    int add_signal_handler(int signo, Router *router, const String &handler);
    int remove_signal_handler(int signo, Router *router, const String &handler);
    // SIGINT, SIGTERM and SIGHUP without a handler of their own stop every router, through its driver script.
    void catch_signals();

    // Thread i stays on CPU first + i; they go where the system puts them when negative, which is the default.
    void set_affinity(int first_cpu) { _first_cpu = first_cpu; }

    // Whether something is due that comes before further work: a signal, a stop request, a router to install.
    bool urgent() const;

    void wake_somebody() { thread(0)->wake(); }

    // The simulated clock (--simtime): it stands still while there is work, and jumps to the next timer when idle.
    bool simulated() const { return _simulated; }
    void set_simulated_time(double start_seconds);
    void share_simulated_time() { _simulated = true; }  // another master has set it
    void jump_clock(const Timestamp &steady);

  private:
    enum State { state_new, state_prepared, state_background, state_running, state_dead };
    struct Registration {
        Router *router;
        State state;
    };
    struct SignalHandler {
        int signo;
        Router *router;
        String handler;
    };

    Registration *find(const Router *router);
    const Registration *find(const Router *router) const;
    bool step_script(Router *router);
    void process_signals();
    void catch_signal(int signo);
    void release_signal(int signo);
    bool dispatch_signal(int signo);
    void stop_routers();
    void serve_urgent();
    void run_simulated();
    void pin(int id) const;
    bool jump_to_next_timer(RouterThread *thread);

    std::vector<std::unique_ptr<RouterThread>> _threads;
    mutable std::recursive_mutex _lock;
    std::vector<Registration> _routers;
    std::vector<SignalHandler> _signal_handlers;
    bool _catches_stops = false;
    int _first_cpu = -1;
    bool _dispatching = false;
    std::vector<std::function<void()>> _calls;
    std::vector<std::pair<int, struct sigaction>> _old_actions;
    std::recursive_mutex _pause_lock;
    int _pauses = 0;
    std::atomic<int> _refcount{0};
    std::atomic<bool> _stop_requested{false};
    std::atomic<bool> _has_calls{false};
    std::atomic<int> _live{0};  // routers in state_running
    std::atomic<bool> _over{false};
    bool _simulated = false;

    friend class RouterThread;
};

#endif
