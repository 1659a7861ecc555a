// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/timer.hh>
#include <click/element.hh>
#include <click/glue.hh>
#include <click/master.hh>
#include <click/router.hh>
#include <click/routerthread.hh>
#include <click/task.hh>

Timer::Timer() : _callback(unassigned), _user_data(nullptr) {}

Timer::Timer(const do_nothing_t &) : _callback(nothing), _user_data(nullptr) {}

Timer::Timer(Element *element) : _callback(element_callback), _user_data(element) {}

Timer::Timer(Task *task) : _callback(task_callback), _user_data(task) {}

Timer::Timer(TimerCallback callback, void *user_data) : _callback(callback), _user_data(user_data) {}

Timer::Timer(const Timer &other) : _callback(other._callback), _user_data(other._user_data) {}

Timer::~Timer()
{
    unschedule();
}

void Timer::unassigned(Timer *, void *) {}

void Timer::nothing(Timer *, void *) {}

void Timer::element_callback(Timer *timer, void *user_data)
{
    static_cast<Element *>(user_data)->run_timer(timer);
}

void Timer::task_callback(Timer *, void *user_data)
{
    static_cast<Task *>(user_data)->reschedule();
}

void Timer::assign()
{
    assign(nothing, nullptr);
}

void Timer::assign(Element *element)
{
    assign(element_callback, element);
}

void Timer::assign(Task *task)
{
    assign(task_callback, task);
}

void Timer::assign(TimerCallback callback, void *user_data)
{
    _callback = callback;
    _user_data = user_data;
}

void Timer::initialize(Element *owner, bool quiet)
{
    unschedule();
    if (_callback == unassigned && !quiet)
        click_chatter("initializing Timer %p{element} [%p], which does nothing", owner, static_cast<void *>(this));
    _owner = owner;
    _router = owner->router();
    _thread = _router->master()->thread(_router->home_thread_id(owner));
}

void Timer::initialize(Router *router)
{
    unschedule();
    _owner = nullptr;
    _router = router;
    _thread = router->master()->thread(0);
}

int Timer::home_thread_id() const
{
    return _thread ? _thread->thread_id() : -1;
}

Timestamp Timer::expiry() const
{
    return _expiry ? _expiry - Timestamp::now_steady() + Timestamp::now() : Timestamp();
}

void Timer::schedule_at(const Timestamp &when)
{
    schedule_at_steady(when - Timestamp::now() + Timestamp::now_steady());
}

void Timer::schedule_after(const Timestamp &delta)
{
    schedule_at_steady(Timestamp::now_steady() + delta);
}

void Timer::schedule_at_steady(const Timestamp &when)
{
    if (!_thread) {
        _expiry = when;
        return;
    }
    if (_thread->timer_set().schedule(this, when))
        _thread->wake();
}

void Timer::unschedule()
{
    if (_thread)
        _thread->timer_set().unschedule(this);
}
