// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_SCRIPTTEXT_HH
#define MIMI_SCRIPTTEXT_HH
#include <click/string.hh>

class ErrorHandler;

// Computes a script function. False, with an error, when the arguments do not fit.
bool script_function(const String &name, const String &arguments, String &result, ErrorHandler *errh);
// The number of a signal named with or without SIG, or given as a number; -1 for none.
int script_signal(const String &text);
// The names script_function() knows, ended by null.
const char *const *script_function_names();

#endif
