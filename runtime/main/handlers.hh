// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_MAIN_HANDLERS_HH
#define MIMI_MAIN_HANDLERS_HH
#include <string>
#include <vector>

class ErrorHandler;
class Router;

// Prints the values of read handlers, each "handler", "element.handler", "pattern.handler" or "Class.handler".
// Negative when one could not be had.
int print_handlers(const Router &router, const std::vector<std::string> &names, ErrorHandler *errh);

// The exit status that a handler's value stands for; 255, with an error, when it stands for none.
int exit_status(const Router &router, const std::string &name, ErrorHandler *errh);

#endif
