// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/task.hh>
#include <click/element.hh>
#include <click/master.hh>
#include <click/router.hh>
#include <click/routerthread.hh>
#include <algorithm>

Task::Task(Element *element) noexcept : _callback(element_callback), _user_data(element) {}

Task::Task(TaskCallback callback, void *user_data) noexcept : _callback(callback), _user_data(user_data) {}

Task::~Task()
{
    unschedule();
    if (!initialized())
        return;
    // It may have moved while it was queued: any thread can still hold it.
    Master *shared = master();
    for (int id = 0; id < shared->nthreads(); ++id)
        shared->thread(id)->forget(this);
}

bool Task::element_callback(Task *task, void *user_data)
{
    return static_cast<Element *>(user_data)->run_task(task);
}

Element *Task::element() const
{
    return _callback == element_callback ? static_cast<Element *>(_user_data) : nullptr;
}

void Task::initialize(Element *owner, bool schedule)
{
    _owner = owner;
    _router = owner->router();
    _thread = _router->master()->thread(_router->home_thread_id(owner));
    if (schedule)
        reschedule();
}

void Task::initialize(Router *router, bool schedule)
{
    _router = router;
    _thread = router->master()->thread(0);
    if (schedule)
        reschedule();
}

Master *Task::master() const
{
    return thread()->master();
}

int Task::home_thread_id() const
{
    return initialized() ? thread()->thread_id() : -1;
}

void Task::reschedule()
{
    if (_strongly_unscheduled.load())
        return;
    _scheduled.store(true);
    RouterThread *home = thread();
    if (!home || _enqueued.load())
        return;
    // Only its own thread knows whether it is admitted.
    if (RouterThread::current() == home && _admitted)
        home->enqueue(this);
    else
        home->add_pending(this);
}

void Task::strong_unschedule()
{
    _strongly_unscheduled = true;
    unschedule();
}

void Task::strong_reschedule()
{
    _strongly_unscheduled = false;
    reschedule();
}

void Task::move_thread(int thread_id)
{
    RouterThread *target = master()->thread(thread_id);
    if (_thread.exchange(target) == target || !scheduled())
        return;
    // If it is queued, the old thread passes it on when its turn comes.
    if (!_enqueued.load())
        target->add_pending(this);
}

void Task::set_tickets(int tickets)
{
    _tickets = std::clamp(tickets, 1, static_cast<int>(MAX_TICKETS));
    _stride = STRIDE1 / static_cast<unsigned>(_tickets);
}
