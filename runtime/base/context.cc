// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/base/context.hh"
#include <click/element.hh>
#include <click/router.hh>

namespace base {

String declaration_of(const Element *element)
{
    return element->declaration();
}

String name_of(const Element *element)
{
    return element->name();
}

NameInfo *names_of(const Element *element, bool create)
{
    Router *router = element->router();
    if (!router)
        return nullptr;
    return create ? router->force_name_info() : router->name_info();
}

void *cast_element(Element *element, const char *name)
{
    return element->cast(name);
}

}  // namespace base
