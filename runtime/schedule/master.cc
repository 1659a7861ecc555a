// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/master.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <click/package.hh>
#include <click/router.hh>
#include <click/timestamp.hh>
#include "runtime/schedule/driverscript.hh"
#include <algorithm>
#include <thread>

namespace {

constexpr int max_script_steps = 1000;

}  // namespace

Master::Master(int nthreads)
{
    click_use_packages();
    click_set_max_cpu_ids(std::max(click_max_cpu_ids(), static_cast<unsigned>(std::max(nthreads, 1))));
    for (int id = 0; id < std::max(nthreads, 1); ++id)
        _threads.push_back(std::make_unique<RouterThread>(this, id));
}

void Master::unuse()
{
    if (--_refcount <= 0)
        delete this;
}

// Thread numbers come from configurations: an impossible one means the first thread.
RouterThread *Master::thread(int id) const
{
    return _threads[id >= 0 && id < nthreads() ? static_cast<size_t>(id) : 0].get();
}

Master::Registration *Master::find(const Router *router)
{
    for (Registration &registration : _routers)
        if (registration.router == router)
            return &registration;
    return nullptr;
}

const Master::Registration *Master::find(const Router *router) const
{
    return const_cast<Master *>(this)->find(router);
}

void Master::register_router(Router *router)
{
    std::lock_guard guard(_lock);
    if (!find(router))
        _routers.push_back({router, state_new});
}

void Master::prepare_router(Router *router)
{
    std::lock_guard guard(_lock);
    register_router(router);
    find(router)->state = state_prepared;
}

void Master::run_router(Router *router, bool foreground)
{
    {
        std::lock_guard guard(_lock);
        register_router(router);
        Registration *registration = find(router);
        _live -= registration->state == state_running;
        registration->state = foreground ? state_running : state_background;
        _live += foreground;
    }
    for (auto &thread : _threads)
        thread->start_router(router);
    request_stop();  // its runcount may have fallen while it was being initialized
}

void Master::kill_router(Router *router)
{
    pause();
    {
        std::lock_guard guard(_lock);
        if (Registration *registration = find(router)) {
            _live -= registration->state == state_running;
            registration->state = state_dead;
            router->set_dead();
        }
        std::erase_if(_signal_handlers, [router](const SignalHandler &handler) { return handler.router == router; });
    }
    for (auto &thread : _threads)
        thread->kill_router(router);
    unpause();
    wake_somebody();
}

void Master::unregister_router(Router *router)
{
    kill_router(router);
    std::lock_guard guard(_lock);
    std::erase_if(_routers, [router](const Registration &registration) { return registration.router == router; });
}

bool Master::router_running(const Router *router) const
{
    std::lock_guard guard(_lock);
    const Registration *registration = find(router);
    return registration && (registration->state == state_running || registration->state == state_background);
}

int Master::nrouters() const
{
    std::lock_guard guard(_lock);
    return static_cast<int>(_routers.size());
}

void Master::request_call(std::function<void()> call)
{
    {
        std::lock_guard guard(_lock);
        _calls.push_back(std::move(call));
    }
    _has_calls.store(true);
    wake_somebody();
}

bool Master::alive() const
{
    return _live.load() > 0;
}

// True while the router is to live on.
bool Master::step_script(Router *router)
{
    auto *script = static_cast<DriverScript *>(router->attachment("Script"));
    if (!script)
        return false;
    ErrorHandler *errh = ErrorHandler::default_handler();
    for (int steps = 0; steps < max_script_steps; ++steps) {
        bool more = script->step_router(errh);
        if (router->runcount() > 0)
            return true;
        if (!more)
            return false;
    }
    return false;
}

bool Master::check_driver()
{
    if (!_stop_requested.exchange(false))
        return alive();
    std::vector<Router *> stopping;
    {
        std::lock_guard guard(_lock);
        for (const Registration &registration : _routers)
            if (registration.state == state_running && registration.router->runcount() <= 0)
                stopping.push_back(registration.router);
    }
    for (Router *router : stopping)
        if (!step_script(router))
            kill_router(router);
    // The last thing a router did may have been to install its successor.
    if (!alive())
        serve_urgent();
    return alive();
}

// Keeps this thread on its own CPU, when threads are to be kept there.
void Master::pin(int id) const
{
    if (_first_cpu < 0)
        return;
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(static_cast<size_t>(_first_cpu + id), &cpus);
    if (int error = pthread_setaffinity_np(pthread_self(), sizeof cpus, &cpus))
        ErrorHandler::default_handler()->warning("thread %d stays off CPU %d: %s", id, _first_cpu + id, std::strerror(error));
}

void Master::run()
{
    _over = false;
    if (_simulated)
        return run_simulated();
    std::vector<std::jthread> helpers;
    pin(0);
    for (int id = 1; id < nthreads(); ++id)
        helpers.emplace_back([this, id] {
            pin(id);
            thread(id)->driver();
        });
    thread(0)->driver();
    _over = true;
    for (auto &thread : _threads)
        thread->wake();
}

// In simulated time the threads take turns: what happens does not depend on which is faster.
void Master::run_simulated()
{
    constexpr int64_t poll_ns = 1000000;  // descriptors of the other threads, while thread 0 waits for its own
    while (check_driver()) {
        bool busy = false;
        for (int id = 1; id < nthreads(); ++id)
            busy |= thread(id)->turn(RouterThread::wait_never);
        thread(0)->turn_for(busy ? 0 : nthreads() > 1 ? poll_ns : -1);
    }
    _over = true;
}

// A thread that holds its own run lock while it waits for another's could wait for ever: it lets go first.
void Master::pause()
{
    if (nthreads() == 1)
        return;
    RouterThread *self = RouterThread::current();
    bool own = self && self->master() == this;
    if (own && _pauses == 0)
        self->_run_lock.unlock();
    _pause_lock.lock();
    if (_pauses++ == 0)
        for (auto &thread : _threads)
            thread->_run_lock.lock();
}

void Master::unpause()
{
    if (nthreads() == 1)
        return;
    RouterThread *self = RouterThread::current();
    if (--_pauses == 0)
        for (auto &thread : _threads)
            if (thread.get() != self)
                thread->_run_lock.unlock();
    _pause_lock.unlock();
}

bool Master::jump_to_next_timer(RouterThread *thread)
{
    Timestamp expiry, earliest;
    bool found = false;
    for (const auto &other : _threads) {
        bool counts = _simulated || other.get() == thread;
        if (!counts || !other->timer_set().next_expiry(this, expiry))
            continue;
        earliest = found && earliest < expiry ? earliest : expiry;
        found = true;
    }
    if (found)
        jump_clock(earliest);
    return found;
}

void Master::jump_clock(const Timestamp &steady)
{
    if (steady > Timestamp::now_steady())
        Timestamp::warp_jump_steady(steady);
}

void Master::set_simulated_time(double start_seconds)
{
    _simulated = true;
    Timestamp::warp_set_class(Timestamp::warp_simulation);
    Timestamp start(start_seconds);
    Timestamp::warp_set_now(start, start);
}

void Master::serve_urgent()
{
    process_signals();
    if (!_has_calls.exchange(false))
        return;
    std::vector<std::function<void()>> calls;
    {
        std::lock_guard guard(_lock);
        calls.swap(_calls);
    }
    pause();
    for (auto &call : calls)
        call();
    unpause();
}
