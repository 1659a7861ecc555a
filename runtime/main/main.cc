// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/error.hh>
#include <click/router.hh>
#include "runtime/main/application.hh"
#include "runtime/main/options.hh"
#include <cstdio>
#include <exception>

int main(int argc, char **argv)
{
    ErrorHandler *errh = ErrorHandler::default_handler();
    try {
        Options options;
        if (parse_options(argc, argv, options, errh) < 0) {
            std::fprintf(stderr, "Try 'mimi-click --help' for more information.\n");
            return 1;
        }
        if (options.action == Options::action_help) {
            std::fputs(usage_text, stdout);
            return 0;
        }
        if (options.action == Options::action_version) {
            std::printf("mimi-click %s\n", CLICK_VERSION);
            return 0;
        }
        return Application(options, errh).run();
    } catch (const std::exception &error) {
        errh->error("%s", error.what());
        return 1;
    }
}
