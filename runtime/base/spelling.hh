// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BASE_SPELLING_HH
#define MIMI_BASE_SPELLING_HH
#include <click/string.hh>
#include <click/vector.hh>

namespace base {

// ` (did you mean 'NAME'?)` for the name that looks most like the word, whatever the case; empty when none is close.
String spelling_hint(const String &word, const Vector<String> &names);

}  // namespace base

#endif
