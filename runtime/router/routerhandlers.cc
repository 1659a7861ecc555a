// SPDX-License-Identifier: Apache-2.0
// Handlers by name: an element's, the router's own, and those every router of the process has.
#include <click/config.h>
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/package.hh>
#include <click/router.hh>
#include <click/straccum.hh>
#include "runtime/router/handlerset.hh"
#include <cctype>
#include <mutex>

namespace {

enum GlobalHandler {
    h_version,
    h_driver,
    h_config,
    h_flatconfig,
    h_requirements,
    h_handlers,
    h_list,
    h_classes,
    h_packages,
    h_timewarp
};

String lines(const Vector<String> &texts)
{
    StringAccum sa;
    for (int i = 0; i < texts.size(); ++i)
        sa << texts[i] << "\n";
    return sa.take_string();
}

String list_handlers(Router *router)
{
    StringAccum sa;
    Vector<const Handler *> handlers = router->handlers(nullptr);
    for (const Handler *handler : handlers)
        if (handler->visible())
            sa << handler->name() << "\t" << handler->unparse_flags() << "\n";
    return sa.take_string();
}

String read_global(Element *element, void *user_data)
{
    Router *router = element->router();
    switch (static_cast<GlobalHandler>(reinterpret_cast<intptr_t>(user_data))) {
    case h_version:
        return CLICK_VERSION;
    case h_driver:
        return "userlevel";
    case h_config:
        return router->configuration_string() ? router->configuration_string() : router->flat_configuration_string();
    case h_flatconfig:
        return router->flat_configuration_string();
    case h_requirements:
        return lines(router->requirements());
    case h_handlers:
        return list_handlers(router);
    case h_list:
        return router->element_list_string();
    case h_classes:
        return lines(click_element_types());
    case h_packages:
        return lines(click_packages());
    case h_timewarp:
        return Timestamp::warp_class() == Timestamp::warp_simulation ? String("simulation")
            : Timestamp::warp_class() == Timestamp::warp_nowait      ? String("nowait")
                                                                     : String(Timestamp::warp_speed());
    }
    return String();
}

// How fast time passes; `nowait` for a clock that jumps when there is nothing to do.
int write_timewarp(const String &text, Element *, void *, ErrorHandler *errh)
{
    String word = cp_uncomment(text);
    double speed = 1;
    if (word != "nowait" && (!DoubleArg().parse(word, speed) || !(speed > 0)))
        return errh->error("expected %<nowait%> or a speed above 0, found %<%s%>", word.c_str());
    if (Timestamp::warp_class() == Timestamp::warp_simulation)
        return errh->error("simulated time has no speed");
    Timestamp::warp_set_class(word == "nowait" ? Timestamp::warp_nowait : Timestamp::warp_linear, speed);
    return 0;
}

int write_stop(const String &text, Element *element, void *, ErrorHandler *)
{
    int count = 1;
    if (!IntArg().parse(cp_uncomment(text), count))
        count = 1;
    element->router()->adjust_runcount(-count);
    return 0;
}

// The handlers all routers of the process share.
class GlobalHandlers {
  public:
    static GlobalHandlers &the()
    {
        static GlobalHandlers handlers;
        return handlers;
    }

    std::recursive_mutex lock;
    HandlerSet set;

  private:
    GlobalHandlers()
    {
        auto add = [this](const char *name, GlobalHandler handler, uint32_t flags = Handler::f_calm) {
            set.add_read(name, read_global, reinterpret_cast<void *>(static_cast<intptr_t>(handler)), flags);
        };
        add("version", h_version);
        add("driver", h_driver);
        add("config", h_config);
        add("flatconfig", h_flatconfig);
        add("requirements", h_requirements);
        add("handlers", h_handlers);
        add("list", h_list);
        set.add_write("stop", write_stop, nullptr, 0);
        add("timewarp", h_timewarp);
        set.add_write("timewarp", write_timewarp, nullptr, 0);
        add("classes", h_classes);
        add("packages", h_packages);
    }
};

bool is_global(const Element *element)
{
    return !element || element->eindex() < 0;
}

}  // namespace

HandlerSet *Router::handler_set(const Element *element) const
{
    return is_global(element) ? _own_handlers.get() : node(element).handlers.get();
}

void Router::add_read_handler(const Element *element, const String &name, ReadHandlerCallback callback,
                              void *user_data, uint32_t flags)
{
    if (!is_global(element))
        return element->router()->handler_set(element)->add_read(name, callback, user_data, flags);
    std::lock_guard guard(GlobalHandlers::the().lock);
    GlobalHandlers::the().set.add_read(name, callback, user_data, flags);
}

void Router::add_write_handler(const Element *element, const String &name, WriteHandlerCallback callback,
                               void *user_data, uint32_t flags)
{
    if (!is_global(element))
        return element->router()->handler_set(element)->add_write(name, callback, user_data, flags);
    std::lock_guard guard(GlobalHandlers::the().lock);
    GlobalHandlers::the().set.add_write(name, callback, user_data, flags);
}

void Router::set_handler(const Element *element, const String &name, uint32_t flags, HandlerCallback callback,
                         void *read_user_data, void *write_user_data)
{
    if (!is_global(element))
        return element->router()->handler_set(element)->set(name, flags, callback, read_user_data, write_user_data);
    std::lock_guard guard(GlobalHandlers::the().lock);
    GlobalHandlers::the().set.set(name, flags, callback, read_user_data, write_user_data);
}

int Router::set_handler_flags(const Element *element, const String &name, uint32_t set_flags, uint32_t clear_flags)
{
    if (!is_global(element))
        return element->router()->handler_set(element)->change_flags(name, set_flags, clear_flags) ? 0 : -1;
    std::lock_guard guard(GlobalHandlers::the().lock);
    return GlobalHandlers::the().set.change_flags(name, set_flags, clear_flags) ? 0 : -1;
}

void Router::add_router_read_handler(const String &name, ReadHandlerCallback callback, void *user_data, uint32_t flags)
{
    _own_handlers->add_read(name, callback, user_data, flags);
}

void Router::add_router_write_handler(const String &name, WriteHandlerCallback callback, void *user_data,
                                      uint32_t flags)
{
    _own_handlers->add_write(name, callback, user_data, flags);
}

// An element may make handlers when they are asked for: its write handler `*` gets the name.
static const Handler *made_handler(HandlerSet *set, const Element *element, const String &name)
{
    const Handler *maker = set->find("*");
    if (!maker || !maker->writable() || name == "*")
        return nullptr;
    int made = maker->call_write(name, const_cast<Element *>(element), ErrorHandler::silent_handler());
    return made >= 0 ? set->find(name) : nullptr;
}

const Handler *Router::handler(const Element *element, const String &name)
{
    if (element && element->router()) {
        HandlerSet *set = element->router()->handler_set(element);
        const Handler *handler = set->find(name);
        if (handler || (handler = made_handler(set, element, name)))
            return handler;
    }
    if (!is_global(element))
        return nullptr;
    std::lock_guard guard(GlobalHandlers::the().lock);
    return GlobalHandlers::the().set.find(name);
}

Vector<const Handler *> Router::handlers(const Element *element) const
{
    Vector<const Handler *> result;
    handler_set(element)->list(result);
    if (is_global(element)) {
        std::lock_guard guard(GlobalHandlers::the().lock);
        GlobalHandlers::the().set.list(result);
    }
    return result;
}

Router::Lookup Router::find_handler(const String &text, Element *&element, const Handler *&handler) const
{
    int dot = text.find_left('.');
    String name = dot < 0 ? String() : text.substring(0, dot);
    String handler_name = text.substring(dot + 1, text.length() - dot - 1);
    element = !name || name == "0" ? _root.get() : find(name);
    handler = nullptr;
    int number = 0;
    if (!element && isdigit(static_cast<unsigned char>(name[0])) && IntArg().parse(name, number) && number > 0 &&
        number <= nelements())
        element = this->element(number - 1);
    if (!element)
        return lookup_no_element;
    handler = Router::handler(element, handler_name);
    return handler && handler->visible() ? lookup_found : lookup_no_handler;
}

int Router::call_read_handler(const String &text, const String &param, String &result, ErrorHandler *errh) const
{
    Element *element;
    const Handler *handler;
    Lookup found = find_handler(text, element, handler);
    if (found == lookup_no_element)
        return errh->error("no element named %<%s%>", text.substring(0, text.find_left('.')).c_str());
    if (found == lookup_no_handler)
        return errh->error("no %<%s%> handler", text.c_str());
    if (!handler->read_visible())
        return errh->error("%<%s%> not a read handler", text.c_str());
    LocalErrorHandler lerrh(errh);
    result = handler->call_read(element, param, &lerrh);
    return lerrh.nerrors() ? -1 : 0;
}

int Router::call_write_handler(const String &text, const String &value, ErrorHandler *errh)
{
    Element *element;
    const Handler *handler;
    Lookup found = find_handler(text, element, handler);
    if (found == lookup_no_element)
        return errh->error("no element named %<%s%>", text.substring(0, text.find_left('.')).c_str());
    if (found == lookup_no_handler)
        return errh->error("no %<%s%> handler", text.c_str());
    if (!handler->write_visible())
        return errh->error("%<%s%> not a write handler", text.c_str());
    return handler->call_write(value, element, errh);
}
