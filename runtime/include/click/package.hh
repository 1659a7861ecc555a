// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PACKAGE_HH
#define CLICK_PACKAGE_HH
#include <click/config.h>
#include <click/packagetag.hh>
#include <cstdint>
#include <memory>

// Click's generators name their allocations with it; there is nothing to name here.
#ifndef CLICK_DMALLOC_REG
# define CLICK_DMALLOC_REG(name)
#endif

class Element;
class ErrorHandler;
class String;
template <typename T> class Vector;

// The process-wide registry of element classes and of loaded packages. Safe to use from any thread.
//
// A package NAME is a shared object NAME.uo with C functions `int init_module()` and `void cleanup_module()`; the first
// calls click_provide() and click_add_element_type(), the second undoes both. A package is unloaded when nobody uses packages
// any more: every Master is a user, so the routers whose elements it brought are gone by then, and a later router loads the
// file anew.
typedef Element *(*ElementFactory)(uintptr_t thunk);

// Returns a type number >= 0 for click_remove_element_type(). A later type of the same name hides an earlier one.
int click_add_element_type(const char *class_name, ElementFactory factory, uintptr_t thunk);
int click_add_element_type_stable(const char *class_name, ElementFactory factory, uintptr_t thunk);
void click_remove_element_type(int type);
bool click_has_element_type(const String &class_name);
// The names of all element classes, sorted.
Vector<String> click_element_types();
// A new element, or null for an unknown class.
std::unique_ptr<Element> click_make_element(const String &class_name);

void click_provide(const char *feature);
void click_unprovide(const char *feature);
bool click_has_provision(const String &feature);
// What has been provided, sorted.
Vector<String> click_packages();

// Makes `name` available: true at once when it is provided already, else its .uo file is found in CLICKPATH and loaded.
// Errors go to errh, under "While loading package 'name':".
bool click_load_package(const String &name, ErrorHandler *errh);
// The same for a package whose file is known; its name is the file's without directory and ".uo".
bool click_load_package_file(const String &file, ErrorHandler *errh);

void click_use_packages();
void click_unuse_packages();

#endif
