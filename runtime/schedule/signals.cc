// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/error.hh>
#include <click/handlercall.hh>
#include <click/master.hh>
#include <click/package.hh>
#include <click/router.hh>
#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>

namespace {

constexpr int max_signal = 65;

// All that a signal handler touches: lock-free atomics and, through RouterThread::wake, one write().
std::array<std::atomic<int>, max_signal> arrived{};
std::atomic<bool> any_arrived{false};
std::atomic<Master *> listener{nullptr};

void note_signal(int signo)
{
    int saved = errno;
    ++arrived[static_cast<size_t>(signo)];
    any_arrived = true;
    if (Master *master = listener.load())
        master->thread(0)->select_set().wake();
    errno = saved;
}

bool stops_router(int signo)
{
    return signo == SIGINT || signo == SIGTERM || signo == SIGHUP;
}

}  // namespace

Master::~Master()
{
    Master *self = this;
    if (listener.compare_exchange_strong(self, nullptr))
        for (auto &[signo, action] : _old_actions)
            sigaction(signo, &action, nullptr);
    _threads.clear();  // nothing of a package's code is referred to after this
    click_unuse_packages();
}

void Master::catch_signal(int signo)
{
    for (const auto &old : _old_actions)
        if (old.first == signo)
            return;
    listener = this;
    struct sigaction action{}, before{};
    action.sa_handler = note_signal;
    sigemptyset(&action.sa_mask);
    sigaction(signo, &action, &before);
    _old_actions.emplace_back(signo, before);
}

void Master::catch_signals()
{
    _catches_stops = true;
    for (int signo : {SIGINT, SIGTERM, SIGHUP})
        catch_signal(signo);
}

// What the signal did before it was caught is what it does again, unless somebody here waits for it.
void Master::release_signal(int signo)
{
    bool awaited = _dispatching || (_catches_stops && stops_router(signo));
    for (const SignalHandler &handler : _signal_handlers)
        awaited = awaited || handler.signo == signo;
    auto old = std::ranges::find_if(_old_actions, [signo](const auto &action) { return action.first == signo; });
    if (awaited || old == _old_actions.end())
        return;
    sigaction(signo, &old->second, nullptr);
    _old_actions.erase(old);
    if (arrived[static_cast<size_t>(signo)].exchange(0) > 0)
        raise(signo);
}

int Master::add_signal_handler(int signo, Router *router, const String &handler)
{
    if (signo <= 0 || signo >= max_signal)
        return -EINVAL;
    std::lock_guard guard(_lock);
    for (const SignalHandler &other : _signal_handlers)
        if (other.signo == signo && other.router == router && other.handler == handler)
            return 0;
    catch_signal(signo);
    _signal_handlers.push_back({signo, router, handler});
    return 0;
}

int Master::remove_signal_handler(int signo, Router *router, const String &handler)
{
    std::lock_guard guard(_lock);
    auto same = [&](const SignalHandler &other) {
        return other.signo == signo && other.router == router && other.handler == handler;
    };
    if (!std::erase_if(_signal_handlers, same))
        return -ENOENT;
    release_signal(signo);
    return 0;
}

bool Master::urgent() const
{
    return _has_calls.load() || _stop_requested.load() || (any_arrived.load() && listener.load() == this);
}

// A handler is called once and has to be added again; true when one took the signal.
bool Master::dispatch_signal(int signo)
{
    std::vector<SignalHandler> handlers;
    {
        std::lock_guard guard(_lock);
        auto due = [&](const SignalHandler &handler) {
            return handler.signo == signo && std::ranges::any_of(_routers, [&](const Registration &registration) {
                       return registration.router == handler.router && registration.state == state_running;
                   });
        };
        std::ranges::copy_if(_signal_handlers, std::back_inserter(handlers), due);
        std::erase_if(_signal_handlers, due);
    }
    bool taken = false;
    for (const SignalHandler &handler : handlers)
        taken |= HandlerCall::call_write(handler.handler, handler.router->root_element(), ErrorHandler::default_handler()) >= 0;
    return taken;
}

void Master::stop_routers()
{
    std::vector<Router *> routers;
    {
        std::lock_guard guard(_lock);
        for (const Registration &registration : _routers)
            if (registration.state == state_running)
                routers.push_back(registration.router);
    }
    for (Router *router : routers)
        router->please_stop_driver();
}

void Master::process_signals()
{
    if (listener.load() != this || !any_arrived.exchange(false))
        return;
    for (int signo = 1; signo < max_signal; ++signo) {
        if (arrived[static_cast<size_t>(signo)].exchange(0) == 0)
            continue;
        _dispatching = true;
        bool taken = dispatch_signal(signo);
        _dispatching = false;
        if (!taken && _catches_stops && stops_router(signo))
            stop_routers();
        std::lock_guard guard(_lock);
        release_signal(signo);
    }
}
