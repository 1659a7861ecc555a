// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_LANGUAGE_LIBRARY_HH
#define MIMI_LANGUAGE_LIBRARY_HH
#include <click/string.hh>

class ErrorHandler;

namespace lang {

// The path of a file asked for by require(library NAME) in `including`: as it is when absolute, else looked for in the
// entries of CLICKPATH (DIR/conf, then DIR), where an empty entry means the including file's directory. Empty when there
// is none.
String find_library(const String &name, const String &including);

// False when the file cannot be read.
bool read_library(const String &path, String &text);

// An archive's member `config`. False, with a message, when there is none.
bool archive_configuration(const String &archive, String &text, const String &filename, ErrorHandler *errh);

}  // namespace lang

#endif
