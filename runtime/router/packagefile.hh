// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_ROUTER_PACKAGEFILE_HH
#define MIMI_ROUTER_PACKAGEFILE_HH
#include <string>

class ErrorHandler;

// The file of a package, judged before any of its code runs.
//
// False, with the reason in errh, when it was compiled for another build of this program, or when it brings a C++ class that
// is in the process already: the dynamic linker would mix the two, and one's code would run on the other's objects.
bool check_package_file(const std::string &path, ErrorHandler *errh);

#endif
