// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/routerthread.hh>
#include <click/glue.hh>
#include <click/master.hh>
#include <click/timestamp.hh>
#include <algorithm>
#include <ctime>
#include <sched.h>
#include <utility>

namespace {

thread_local RouterThread *current_thread = nullptr;

constexpr int tasks_per_turn = 128;
constexpr int timers_per_turn = 64;
constexpr int64_t look_out_ns = 50000;
constexpr unsigned turns_between_selects = 16;  // while news keeps coming

int64_t monotonic_ns()
{
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000 + now.tv_nsec;
}

// Whether sched_yield() makes way for everybody. A real-time thread makes way for its equals only, and would keep the processor from those
// who are about to bring its news; it is woken at once anyhow.
bool gives_way()
{
    const int policy = sched_getscheduler(0);
    return policy < 0 || ((policy & ~SCHED_RESET_ON_FORK) != SCHED_RR && (policy & ~SCHED_RESET_ON_FORK) != SCHED_FIFO);
}

}  // namespace

RouterThread::RouterThread(Master *master, int id) : _master(master), _id(id), _selects(master) {}

RouterThread::~RouterThread() = default;

RouterThread *RouterThread::current()
{
    return current_thread;
}

int RouterThread::current_thread_id()
{
    return current_thread ? current_thread->_id : -1;
}

void RouterThread::wake()
{
    if (_sleeping.load())
        _selects.wake();
}

void RouterThread::add_pending(Task *task)
{
    if (!task->_pending.exchange(true)) {
        std::lock_guard guard(_pending_lock);
        _pending.push_back(task);
    }
    _has_pending.store(true);
    wake();
}

// Tasks of a router that is still being prepared stay in the list; start_router() has them looked at again.
void RouterThread::process_pending()
{
    _has_pending.store(false);
    std::lock_guard guard(_pending_lock);
    std::erase_if(_pending, [this](Task *task) {
        if (task->scheduled() && !_master->router_running(task->_router))
            return false;
        task->_pending.store(false);
        if (task->thread() != this)
            task->reschedule();
        else if (task->scheduled()) {
            task->_admitted = true;
            enqueue(task);
        }
        return true;
    });
}

void RouterThread::enqueue(Task *task)
{
    if (task->_enqueued.exchange(true))
        return;
    task->_pass = std::max(task->_pass, _pass);
    task->_order = ++_order;
    _queue.push_back(task);
    std::push_heap(_queue.begin(), _queue.end(), later);
}

// Puts a task back after its run, or lets it go.
void RouterThread::finish(Task *task)
{
    bool ours = task->thread() == this;
    if (ours && task->scheduled()) {
        task->_order = ++_order;
        _queue.push_back(task);
        std::push_heap(_queue.begin(), _queue.end(), later);
        return;
    }
    task->_enqueued.store(false);
    // Another thread may have scheduled it before it could see that it has left the queue.
    if (task->scheduled())
        task->thread()->add_pending(task);
}

bool RouterThread::run_tasks(int limit)
{
    bool ran = false;
    for (; limit > 0 && !_queue.empty(); --limit) {
        std::pop_heap(_queue.begin(), _queue.end(), later);
        Task *task = _queue.back();
        _queue.pop_back();
        _pass = task->_pass;
        _current = task;
        if (task->thread() == this && task->_scheduled.exchange(false)) {
            task->_pass += task->_stride;
            task->fire();
            ran = true;
        }
        // The task may have been destroyed in its own callback; forget() then cleared _current.
        if (_current)
            finish(_current);
        _current = nullptr;
        if (_master->_stop_requested.load(std::memory_order_relaxed))
            break;
    }
    return ran;
}

void RouterThread::forget(Task *task)
{
    std::lock_guard running(_run_lock);
    if (_current == task)
        _current = nullptr;
    if (std::erase(_queue, task))
        std::make_heap(_queue.begin(), _queue.end(), later);
    task->_enqueued.store(false);
    std::lock_guard guard(_pending_lock);
    std::erase(_pending, task);
    task->_pending.store(false);
}

void RouterThread::kill_router(Router *router)
{
    std::lock_guard running(_run_lock);
    auto drop = [router](Task *task) {
        if (task->_router != router)
            return false;
        task->_scheduled.store(false);
        task->_enqueued.store(false);
        task->_pending.store(false);
        task->_admitted = false;
        return true;
    };
    if (_current && drop(_current))
        _current = nullptr;
    std::erase_if(_queue, drop);
    std::make_heap(_queue.begin(), _queue.end(), later);
    {
        std::lock_guard guard(_pending_lock);
        std::erase_if(_pending, drop);
    }
    {
        std::lock_guard guard(_news_lock);
        std::erase_if(_news, [router](const News &news) { return news.router == router; });
        std::erase_if(_news_changes, [router](const auto &change) { return change.second.router == router; });
    }
    _timers.kill_router(router);
    _selects.kill_router(router);
}

void RouterThread::start_router(Router *router)
{
    _selects.start_router(router);
    change_news(true, {nullptr, router, true});
    _has_pending.store(true);
    wake();
}

bool RouterThread::active()
{
    Timestamp expiry;
    return _has_pending.load() || !_queue.empty()
        || (_timers.next_expiry(_master, expiry) && expiry <= Timestamp::now_steady());
}

// How long there is nothing to do: 0 none, -1 until a descriptor or another thread has news.
int64_t RouterThread::idle_time_ns()
{
    Timestamp expiry;
    if (!_timers.next_expiry(_master, expiry))
        return -1;
    Timestamp now = Timestamp::now_steady();
    if (expiry <= now)
        return 0;
    Timestamp wait = expiry - now;
    if (Timestamp::warp_class() == Timestamp::warp_linear)
        wait = Timestamp::warp_real_delay(wait);
    return std::max<int64_t>(wait.nsecval(), 1);
}

void RouterThread::add_news_source(NewsSource *source, Router *router)
{
    change_news(true, {source, router, _master->router_running(router)});
}

void RouterThread::remove_news_source(NewsSource *source)
{
    change_news(false, {source, nullptr, false});
}

void RouterThread::change_news(bool add, const News &news)
{
    std::lock_guard guard(_news_lock);
    _news_changes.emplace_back(add, news);
    _has_news_changes.store(true);
}

void RouterThread::process_news_changes()
{
    std::lock_guard guard(_news_lock);
    _has_news_changes.store(false);
    for (auto &[add, change] : _news_changes) {
        if (!change.source) {
            for (News &news : _news)
                news.running |= news.router == change.router;
            continue;
        }
        std::erase_if(_news, [source = change.source](const News &news) { return news.source == source; });
        if (add)
            _news.push_back(change);
    }
    _news_changes.clear();
}

// What a sleeping thread would be woken for.
bool RouterThread::other_news() const
{
    return _has_pending.load() || _has_news_changes.load() || (_id == 0 && _master->urgent()) || _master->_over.load();
}

bool RouterThread::run_news()
{
    bool any = false;
    for (size_t i = 0; i < _news.size(); ++i)
        if (_news[i].running && _news[i].source->has_news()) {
            _news[i].source->take_news();
            any = true;
        }
    return any;
}

// Looks for news for a while. True when there is some.
bool RouterThread::look_out(int64_t longest_ns)
{
    if (!gives_way())
        return false;
    std::lock_guard guard(_news_lock);
    if (_news.empty())
        return false;
    auto has_news = [](const News &news) { return news.running && news.source->has_news(); };
    const int64_t end = monotonic_ns() + (longest_ns < 0 ? look_out_ns : std::min(longest_ns, look_out_ns));
    do {
        if (std::ranges::any_of(_news, has_news) || other_news())
            return true;
        sched_yield();
    } while (monotonic_ns() < end);
    return false;
}

// Waits for descriptors when there is nothing else to do; `longest_ns` -1 means as long as it takes.
bool RouterThread::run_os(int64_t longest_ns, bool busy, std::unique_lock<std::recursive_mutex> &running)
{
    int64_t timeout = 0;
    if (longest_ns != 0 && !busy && _queue.empty()) {
        bool jumps = _master->_simulated || Timestamp::warp_class() == Timestamp::warp_nowait;
        if (jumps && _id == 0) {
            if (_selects.run_selects(0, [] {}) || _master->jump_to_next_timer(this))
                return true;
            timeout = longest_ns;
        } else {
            timeout = idle_time_ns();
            if (longest_ns > 0 && (timeout < 0 || timeout > longest_ns))
                timeout = longest_ns;
        }
    } else if (_selects.size() == 0)
        return false;
    running.unlock();
    const bool looked = timeout != 0 && _looks_out;
    if (looked && look_out(timeout))
        timeout = 0;
    bool called = timeout == 0 ? _selects.run_selects(0, [&] { running.lock(); }) : sleep(timeout, running);
    // What was seen but leads to no call is no reason to go on looking.
    if (looked && timeout == 0)
        _looks_out = called;
    return called;
}

bool RouterThread::sleep(int64_t timeout, std::unique_lock<std::recursive_mutex> &running)
{
    // First say that we sleep, then look for news a last time: who brings news does it the other way round.
    _sleeping.store(true);
    if (other_news())
        timeout = 0;
    const bool away = timeout != 0 && _turns == 1;
    if (away)
        _reader.offline();
    const int64_t start = monotonic_ns();
    int64_t slept = 0;
    bool called = _selects.run_selects(timeout, [&] {
        slept = monotonic_ns() - start;
        if (away)
            _reader.online();
        _sleeping.store(false);
        running.lock();
    });
    _looks_out = called && slept < look_out_ns;
    return called;
}

bool RouterThread::turn(Wait wait)
{
    return turn_for(wait == wait_allowed ? -1 : 0);
}

void RouterThread::turn_until(const Timestamp *deadline)
{
    if (!deadline) {
        turn_for(-1);
        return;
    }
    Timestamp now = Timestamp::now_steady();
    turn_for(now < *deadline ? (*deadline - now).nsecval() : 0);
}

// Who handles packets holds nothing of a shared table between two turns. A turn within a turn promises nothing.
void RouterThread::begin_turn()
{
    if (_turns++ != 0)
        return;
    if (_reader.is_online())
        _reader.quiescent();
    else
        _reader.online();
}

void RouterThread::end_turn()
{
    if (--_turns == 0 && !_running)
        _reader.offline();
}

bool RouterThread::turn_for(int64_t longest_ns)
{
    begin_turn();
    RouterThread *outer = std::exchange(current_thread, this);
    click_current_thread_id = static_cast<unsigned>(_id);  // what per_thread<> goes by
    std::unique_lock running(_run_lock);
    bool busy = false;
    if (_has_pending.load())
        process_pending();
    if (_has_news_changes.load(std::memory_order_relaxed))
        process_news_changes();
    busy |= run_tasks(tasks_per_turn);
    bool news = run_news();
    busy |= news;
    if (_id == 0 && _master->urgent())
        _master->serve_urgent();
    busy |= _timers.run_timers(_master, timers_per_turn);
    // What waits for descriptors gets its turn too, but does not cost a system call each time.
    if (!news || ++_turns_without_select >= turns_between_selects) {
        _turns_without_select = 0;
        busy |= run_os(longest_ns, busy || _has_pending.load(), running);
    }
    running.unlock();
    end_turn();
    current_thread = outer;
    return busy || !_queue.empty() || _has_pending.load();
}

void RouterThread::driver()
{
    _running = true;
    while (!_master->_over.load()) {
        if (_id == 0 && !_master->check_driver())
            break;
        turn(wait_allowed);
    }
    _running = false;
    _reader.offline();
}
