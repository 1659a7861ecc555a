// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BASE_CONTEXT_HH
#define MIMI_BASE_CONTEXT_HH
#include <click/string.hh>

class Element;
class NameInfo;

// All that the base library wants to know of elements. Tests of the base alone bring their own.
namespace base {

// "x :: Class"; "<router>" for the root element.
String declaration_of(const Element *element);
// The full name, such as "compound/x".
String name_of(const Element *element);
// The names of the element's router; null if there are none (with `create`, if it has no router).
NameInfo *names_of(const Element *element, bool create);
void *cast_element(Element *element, const char *name);

}  // namespace base

#endif
