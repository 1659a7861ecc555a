// SPDX-License-Identifier: Apache-2.0
// Handlers that every element has, and the ways to add more.
#include <click/config.h>
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/element.hh>
#include <click/error.hh>
#include <click/master.hh>
#include <click/notifier.hh>
#include <click/router.hh>
#include <click/straccum.hh>
#include <click/task.hh>

namespace {

void *as_pointer(int value)
{
    return reinterpret_cast<void *>(static_cast<intptr_t>(value));
}

void *as_pointer(const void *value)
{
    return const_cast<void *>(value);
}

enum DefaultHandler { h_name, h_class, h_config, h_ports, h_handlers };

String list_handlers(Element *element)
{
    StringAccum sa;
    Vector<const Handler *> handlers = element->router()->handlers(element);
    for (const Handler *handler : handlers)
        if (handler->visible())
            sa << handler->name() << '\t' << handler->unparse_flags() << '\n';
    return sa.take_string();
}

String read_default(Element *element, void *user_data)
{
    switch (static_cast<DefaultHandler>(reinterpret_cast<intptr_t>(user_data))) {
    case h_name:
        return element->name();
    case h_class:
        return element->class_name();
    case h_config:
        return element->router()->econfiguration(element->eindex());
    case h_ports:
        return element->router()->element_ports_string(element);
    case h_handlers:
        return list_handlers(element);
    }
    return String();
}

int write_config(const String &text, Element *element, void *, ErrorHandler *errh)
{
    return element->router()->live_reconfigure(element, text, errh);
}

// ---- tasks

enum TaskHandler { h_tickets, h_scheduled, h_home_thread };

String read_task(Element *, void *user_data)
{
    Task *task = reinterpret_cast<Task *>(reinterpret_cast<uintptr_t>(user_data) & ~uintptr_t(3));
    switch (static_cast<TaskHandler>(reinterpret_cast<uintptr_t>(user_data) & 3)) {
    case h_tickets:
        return String(task->tickets());
    case h_scheduled:
        return BoolArg().unparse(task->scheduled());
    case h_home_thread:
        return String(task->home_thread_id());
    }
    return String();
}

int write_task(const String &text, Element *element, void *user_data, ErrorHandler *errh)
{
    Task *task = reinterpret_cast<Task *>(reinterpret_cast<uintptr_t>(user_data) & ~uintptr_t(3));
    int number = 0;
    bool scheduled = false;
    switch (static_cast<TaskHandler>(reinterpret_cast<uintptr_t>(user_data) & 3)) {
    case h_tickets:
        if (!IntArg().parse(text, number) || number < 1)
            return errh->error("tickets must be between 1 and %d", static_cast<int>(Task::MAX_TICKETS));
        task->set_tickets(number);
        return 0;
    case h_scheduled:
        if (!BoolArg().parse(text, scheduled))
            return errh->error("syntax error");
        if (scheduled)
            task->reschedule();
        else
            task->unschedule();
        return 0;
    case h_home_thread:
        if (!IntArg().parse(text, number) || number < 0 || number >= element->master()->nthreads())
            return errh->error("no such thread");
        task->move_thread(number);
        return 0;
    }
    return 0;
}

String read_signal(Element *element, void *user_data)
{
    return static_cast<NotifierSignal *>(user_data)->unparse(element->router());
}

void *task_data(Task *task, TaskHandler handler)
{
    return reinterpret_cast<void *>(reinterpret_cast<uintptr_t>(task) | static_cast<uintptr_t>(handler));
}

// ---- one argument of the configuration

// Splits "1 RATE" into position and keyword.
int argument_position(const void *user_data, String &keyword)
{
    keyword = static_cast<const char *>(user_data);
    int position = -1;
    String first = cp_shift_spacevec(keyword);
    if (!IntArg().parse(first, position)) {
        position = -1;
        keyword = first;
    }
    return position;
}

// The index of an argument in `conf`, or -1. The last use of a keyword counts.
int find_argument(const Vector<String> &conf, int position, const String &keyword, String &value)
{
    if (position >= 0 && position < conf.size()) {
        value = conf[position];
        String rest = value;
        if (!keyword || cp_shift_spacevec(rest) != keyword)
            return position;
    }
    for (int i = conf.size() - 1; keyword && i >= 0; --i) {
        value = conf[i];
        if (cp_shift_spacevec(value) == keyword)
            return i;
    }
    return -1;
}

String read_argument(Element *element, const void *user_data, bool use_keyword)
{
    String keyword, value;
    int position = argument_position(user_data, keyword);
    Vector<String> conf;
    cp_argvec(element->router()->econfiguration(element->eindex()), conf);
    int at = find_argument(conf, position, use_keyword ? keyword : String(), value);
    return at >= 0 ? value : String();
}

int write_argument(const String &text, Element *element, const void *user_data, bool use_keyword, ErrorHandler *errh)
{
    String keyword, old;
    int position = argument_position(user_data, keyword);
    Vector<String> conf;
    cp_argvec(element->router()->econfiguration(element->eindex()), conf);
    int at = find_argument(conf, position, use_keyword ? keyword : String(), old);
    String value = cp_uncomment(text);
    // An argument without its keyword may have others behind it: it stays where it is.
    String first = at >= 0 ? conf[at] : String();
    if (use_keyword && keyword && (at < 0 || cp_shift_spacevec(first) == keyword))
        value = keyword + " " + value;
    if (at >= 0)
        conf[at] = value;
    else if (use_keyword || position == conf.size())
        conf.push_back(value);
    else
        return errh->error("missing arguments before this one");
    return element->router()->live_reconfigure(element, cp_unargvec(conf), errh);
}

}  // namespace

void Element::add_default_handlers(bool config_writable)
{
    Router::add_read_handler(this, "name", read_default, as_pointer(h_name), Handler::f_calm);
    Router::add_read_handler(this, "class", read_default, as_pointer(h_class), Handler::f_calm);
    Router::add_read_handler(this, "config", read_default, as_pointer(h_config), Handler::f_calm);
    if (config_writable)
        Router::add_write_handler(this, "config", write_config, nullptr);
    Router::add_read_handler(this, "ports", read_default, as_pointer(h_ports), Handler::f_calm);
    Router::add_read_handler(this, "handlers", read_default, as_pointer(h_handlers), Handler::f_calm);
}

void Element::add_read_handler(const String &name, ReadHandlerCallback callback, const void *user_data, uint32_t flags)
{
    Router::add_read_handler(this, name, callback, as_pointer(user_data), flags);
}

void Element::add_read_handler(const String &name, ReadHandlerCallback callback, int user_data, uint32_t flags)
{
    Router::add_read_handler(this, name, callback, as_pointer(user_data), flags);
}

void Element::add_read_handler(const char *name, ReadHandlerCallback callback, int user_data, uint32_t flags)
{
    Router::add_read_handler(this, name, callback, as_pointer(user_data), flags);
}

void Element::add_write_handler(const String &name, WriteHandlerCallback callback, const void *user_data,
                                uint32_t flags)
{
    Router::add_write_handler(this, name, callback, as_pointer(user_data), flags);
}

void Element::add_write_handler(const String &name, WriteHandlerCallback callback, int user_data, uint32_t flags)
{
    Router::add_write_handler(this, name, callback, as_pointer(user_data), flags);
}

void Element::add_write_handler(const char *name, WriteHandlerCallback callback, int user_data, uint32_t flags)
{
    Router::add_write_handler(this, name, callback, as_pointer(user_data), flags);
}

void Element::set_handler(const String &name, int flags, HandlerCallback callback, const void *read_user_data,
                          const void *write_user_data)
{
    Router::set_handler(this, name, static_cast<uint32_t>(flags), callback, as_pointer(read_user_data),
                        as_pointer(write_user_data));
}

void Element::set_handler(const String &name, int flags, HandlerCallback callback, int read_user_data,
                          int write_user_data)
{
    Router::set_handler(this, name, static_cast<uint32_t>(flags), callback, as_pointer(read_user_data),
                        as_pointer(write_user_data));
}

void Element::set_handler(const char *name, int flags, HandlerCallback callback, int read_user_data,
                          int write_user_data)
{
    Router::set_handler(this, name, static_cast<uint32_t>(flags), callback, as_pointer(read_user_data),
                        as_pointer(write_user_data));
}

int Element::set_handler_flags(const String &name, int set_flags, int clear_flags)
{
    return Router::set_handler_flags(this, name, static_cast<uint32_t>(set_flags),
                                     static_cast<uint32_t>(clear_flags));
}

void Element::add_task_handlers(Task *task, NotifierSignal *signal, int flags, const String &prefix)
{
    struct Named {
        const char *name;
        TaskHandler handler;
        int flag;
    };
    for (const Named &one : {Named{"tickets", h_tickets, TASKHANDLER_WRITE_TICKETS},
                             Named{"scheduled", h_scheduled, TASKHANDLER_WRITE_SCHEDULED},
                             Named{"home_thread", h_home_thread, TASKHANDLER_WRITE_HOME_THREAD}}) {
        Router::add_read_handler(this, prefix + one.name, read_task, task_data(task, one.handler));
        if (flags & one.flag)
            Router::add_write_handler(this, prefix + one.name, write_task, task_data(task, one.handler));
    }
    if (signal)
        Router::add_read_handler(this, prefix + "notifier", read_signal, signal);
}

String Element::read_positional_handler(Element *element, void *user_data)
{
    return read_argument(element, user_data, false);
}

String Element::read_keyword_handler(Element *element, void *user_data)
{
    return read_argument(element, user_data, true);
}

int Element::reconfigure_positional_handler(const String &value, Element *element, void *user_data, ErrorHandler *errh)
{
    return write_argument(value, element, user_data, false, errh);
}

int Element::reconfigure_keyword_handler(const String &value, Element *element, void *user_data, ErrorHandler *errh)
{
    return write_argument(value, element, user_data, true, errh);
}
