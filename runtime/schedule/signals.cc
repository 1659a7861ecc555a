// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/error.hh>
#include <click/handlercall.hh>
#include <click/master.hh>
#include <click/package.hh>
#include <click/router.hh>
#include <array>
#include <cerrno>

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
    for (int signo : {SIGINT, SIGTERM, SIGHUP})
        catch_signal(signo);
}

int Master::add_signal_handler(int signo, Router *router, const String &handler)
{
    if (signo <= 0 || signo >= max_signal)
        return -EINVAL;
    std::lock_guard guard(_lock);
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
    return std::erase_if(_signal_handlers, same) ? 0 : -ENOENT;
}

bool Master::urgent() const
{
    return _has_calls.load() || _stop_requested.load() || (any_arrived.load() && listener.load() == this);
}

void Master::process_signals()
{
    if (listener.load() != this || !any_arrived.exchange(false))
        return;
    for (int signo = 1; signo < max_signal; ++signo) {
        if (arrived[static_cast<size_t>(signo)].exchange(0) == 0)
            continue;
        std::vector<SignalHandler> handlers;
        std::vector<Router *> routers;
        {
            std::lock_guard guard(_lock);
            for (const SignalHandler &handler : _signal_handlers)
                if (handler.signo == signo)
                    handlers.push_back(handler);
            for (const Registration &registration : _routers)
                if (registration.state == state_running)
                    routers.push_back(registration.router);
        }
        for (const SignalHandler &handler : handlers)
            HandlerCall::call_write(handler.handler, handler.router->root_element(), ErrorHandler::default_handler());
        if (handlers.empty() && stops_router(signo))
            for (Router *router : routers)
                router->please_stop_driver();
    }
}
