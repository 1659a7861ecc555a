// SPDX-License-Identifier: Apache-2.0
// Arguments that name elements and handlers of the router.
#include <click/config.h>
#include <click/confparse.hh>
#include <click/element.hh>
#include <click/error.hh>
#include <click/handlercall.hh>
#include <click/router.hh>

namespace {

Element *find_element(const String &text, const Router *router, const Element *context, ErrorHandler *errh,
                      const char *argument_name)
{
    String name = cp_unquote(text);
    Element *element = router && name ? router->find(name, context) : nullptr;
    if (element || !errh)
        return element;
    String prefix = argument_name ? String(argument_name) + ": " : String();
    if (!name)
        errh->error("%sexpected element name", prefix.c_str());
    else
        errh->error("%sno element named %<%s%>", prefix.c_str(), name.c_str());
    return nullptr;
}

}  // namespace

Element *cp_element(const String &text, const Element *context, ErrorHandler *errh, const char *argument_name)
{
    return find_element(text, context ? context->router() : nullptr, context, errh, argument_name);
}

Element *cp_element(const String &text, Router *router, ErrorHandler *errh, const char *argument_name)
{
    return find_element(text, router, nullptr, errh, argument_name);
}

// A name that is no element's may be the context's own handler, else it is a global one.
bool cp_handler_name(const String &text, Element **element, String *handler_name, const Element *context,
                     ErrorHandler *errh)
{
    String name = cp_unquote(text);
    Router *router = context ? context->router() : nullptr;
    int dot = name.find_left('.');
    if (!router || !name || dot == name.length() - 1) {
        if (errh)
            errh->error("bad handler name %<%s%>", name.c_str());
        return false;
    }
    Element *found = dot > 0 ? router->find(name.substring(0, dot), context) : nullptr;
    bool whole = !found && dot != 0;
    if (dot == 0)
        found = router->root_element();
    else if (!found && context->eindex() >= 0 && Router::handler(context, name))
        found = const_cast<Element *>(context);
    else if (!found && (dot < 0 || Router::handler(router->root_element(), name)))
        found = router->root_element();
    if (!found) {
        if (errh)
            errh->error("no element named %<%s%>", name.substring(0, dot).c_str());
        return false;
    }
    *element = found;
    *handler_name = whole ? name : name.substring(dot + 1);
    return true;
}

bool cp_handler(const String &text, int flags, Element **element, const Handler **handler, const Element *context,
                ErrorHandler *errh)
{
    HandlerCall call(text);
    if (call.initialize(flags, context, errh) < 0)
        return false;
    *element = call.element();
    *handler = call.handler();
    return true;
}
