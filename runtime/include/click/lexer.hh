// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_LEXER_HH
#define CLICK_LEXER_HH
#include <click/router.hh>
#include <click/string.hh>
#include <memory>
#include <utility>
#include <vector>

class ErrorHandler;
class Master;

// NAME=VALUE pairs from outside; they win over `define` in the file.
typedef std::vector<std::pair<String, String>> RouterParameters;

// Configuration text to a router that is ready for initialize(). All errors found are reported, each with its file and
// line; the result is null when there was one. `filename` names the text in messages ("config" for text from the
// command line). An archive (text that starts with `!<arch>`) is taken apart first.
std::unique_ptr<Router> click_read_router_text(const String &text, const String &filename, ErrorHandler *errh,
                                               Master *master, const RouterParameters &parameters = RouterParameters());

// The same for a file; "" and "-" mean the standard input.
std::unique_ptr<Router> click_read_router_file(const String &filename, ErrorHandler *errh, Master *master,
                                               const RouterParameters &parameters = RouterParameters());

// The flat form of a configuration that is not to run here: names that are not known are taken for element classes, and
// nothing is initialized. False after an error.
bool click_flatten_text(const String &text, const String &filename, ErrorHandler *errh, String &flat,
                        const RouterParameters &parameters = RouterParameters());
bool click_flatten_file(const String &filename, ErrorHandler *errh, String &flat,
                        const RouterParameters &parameters = RouterParameters());

#endif
