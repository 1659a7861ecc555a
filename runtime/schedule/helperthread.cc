// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/schedule/helperthread.hh"
#include <csignal>
#include <pthread.h>

HelperThread::~HelperThread()
{
    {
        std::lock_guard guard(_lock);
        _over = true;
        _jobs.clear();
    }
    _news.notify_one();
    if (_thread.joinable())
        _thread.join();
}

// Signals are for the router's threads: this one starts with all of them blocked.
void HelperThread::start()
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    _thread = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void HelperThread::add(std::function<void()> job)
{
    {
        std::lock_guard guard(_lock);
        _jobs.push_back(std::move(job));
        if (!_thread.joinable())
            start();
    }
    _news.notify_one();
}

void HelperThread::finish()
{
    std::unique_lock guard(_lock);
    _idle.wait(guard, [this] { return _jobs.empty() && !_busy; });
}

void HelperThread::run()
{
    sched_param ordinary{};
    pthread_setschedparam(pthread_self(), SCHED_OTHER, &ordinary);
    std::unique_lock guard(_lock);
    for (;;) {
        _news.wait(guard, [this] { return _over || !_jobs.empty(); });
        if (_jobs.empty())
            return;
        {
            std::function<void()> job = std::move(_jobs.front());
            _jobs.pop_front();
            _busy = true;
            guard.unlock();
            job();
        }
        guard.lock();
        _busy = false;
        if (_jobs.empty())
            _idle.notify_all();
    }
}
