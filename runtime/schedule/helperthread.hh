// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_HELPERTHREAD_HH
#define MIMI_HELPERTHREAD_HH
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

// One thread beside a router's own, for jobs that take long: they run one at a time, in order. It starts with the first job.
//
// It is no RouterThread: a job may not touch tasks, timers or packets in flight, only what is made to be shared. It runs in
// the ordinary scheduling class, so that packets come first where the router has a better one.
class HelperThread {
  public:
    HelperThread() = default;
    // Finishes the job under way and drops the others.
    ~HelperThread();
    HelperThread(const HelperThread &) = delete;
    HelperThread &operator=(const HelperThread &) = delete;

    void add(std::function<void()> job);
    // Waits until every job is done.
    void finish();

  private:
    void start();
    void run();

    std::mutex _lock;
    std::condition_variable _news;
    std::condition_variable _idle;
    std::deque<std::function<void()>> _jobs;
    bool _busy = false;
    bool _over = false;
    std::thread _thread;
};

#endif
