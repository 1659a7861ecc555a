// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "staticthreadsched.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/master.hh>
#include <click/router.hh>

int StaticThreadSched::configure(Vector<String> &conf, ErrorHandler *errh)
{
    for (int i = 0; i < conf.size(); ++i) {
        String name;
        int thread;
        if (Args(this, errh).push_back_words(conf[i]).read_mp("ELEMENT", name).read_mp("THREAD", thread).complete() < 0)
            return -1;
        if (thread < 0 || thread >= master()->nthreads()) {
            errh->warning("thread preference %d out of range", thread);
            thread = 0;
        }
        if (!prefer(name, thread))
            errh->error("%<%s%> does not name an element", name.c_str());
    }
    _next = router()->thread_sched();
    router()->set_thread_sched(this);
    return errh->nerrors() ? -1 : 0;
}

// False when there is neither an element nor a compound of that name, as seen from here.
bool StaticThreadSched::prefer(const String &name, int thread)
{
    if (Element *element = router()->find(name, this)) {
        set(element->eindex(), thread);
        return true;
    }
    int slash = this->name().find_right('/');
    String prefix = this->name().substring(0, slash + 1) + name + "/";
    bool found = false;
    for (int i = 0; name && i < router()->nelements(); ++i)
        if (router()->ename(i).starts_with(prefix)) {
            set(i, thread);
            found = true;
        }
    return found;
}

void StaticThreadSched::set(int eindex, int thread)
{
    if (eindex >= _threads.size())
        _threads.resize(eindex + 1, THREAD_UNKNOWN);
    _threads[eindex] = thread;
}

int StaticThreadSched::initial_home_thread_id(const Element *element)
{
    int index = element->eindex();
    int thread = index >= 0 && index < _threads.size() ? _threads[index] : THREAD_UNKNOWN;
    if (thread == THREAD_UNKNOWN && _next)
        return _next->initial_home_thread_id(element);
    return thread;
}

EXPORT_ELEMENT(StaticThreadSched)
