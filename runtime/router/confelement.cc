// SPDX-License-Identifier: Apache-2.0
// Arguments that name elements and handlers of the router.
#include <click/config.h>
#include <click/confparse.hh>
#include <click/element.hh>
#include <click/error.hh>
#include <click/handler.hh>
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

// Without a dot, the name is that of a global handler.
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
    Element *found = dot <= 0 ? router->root_element() : cp_element(name.substring(0, dot), context, errh);
    if (!found)
        return false;
    *element = found;
    *handler_name = name.substring(dot + 1);
    return true;
}

bool cp_handler(const String &text, int flags, Element **element, const Handler **handler, const Element *context,
                ErrorHandler *errh)
{
    Element *found;
    String name;
    if (!cp_handler_name(text, &found, &name, context, errh))
        return false;
    const Handler *result = Router::handler(found, name);
    String full_name = Handler::unparse_name(found, name);
    if (!errh)
        errh = ErrorHandler::silent_handler();
    if (!result)
        return errh->error("no %<%s%> handler", full_name.c_str()), false;
    if ((flags & Handler::f_read) && !result->readable())
        return errh->error("%<%s%> not a read handler", full_name.c_str()), false;
    if ((flags & Handler::f_write) && !result->writable())
        return errh->error("%<%s%> not a write handler", full_name.c_str()), false;
    *element = found;
    *handler = result;
    return true;
}
