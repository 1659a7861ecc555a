// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_THREADPATH_HH
#define MIMI_THREADPATH_HH
#include <click/config.h>

class Element;

// Whether several threads may push packets out of an element at once: every element they reach by push, up to the pull side of
// a queue, has to say with the letter T of its flags() that it can be entered by several threads.
// Returns the nearest that does not, null when all do.
const Element *first_unsafe_element(Element *from);

#endif
