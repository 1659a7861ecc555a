// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_MAIN_OPTIONS_HH
#define MIMI_MAIN_OPTIONS_HH
#include <click/lexer.hh>
#include <click/string.hh>
#include <string>
#include <vector>

class ErrorHandler;

struct Options {
    enum Action { action_run, action_help, action_version, action_flatten };

    Action action = action_run;
    bool has_text = false;  // -e
    String text;
    String file;  // empty: standard input
    bool has_file = false;
    RouterParameters parameters;
    std::vector<String> packages;  // files, loaded before the configuration is read

    bool quit_at_once = false;
    bool print_times = false;
    bool warnings = true;
    bool hot_swap = false;
    bool simulated = false;
    double simulated_start = 1000000000;
    int threads = 1;
    int first_cpu = -1;  // threads are kept on CPUs from this one on
    std::string output;
    std::vector<std::string> handlers;
    std::string exit_handler;
    std::vector<String> control_sockets;  // configurations of ControlSocket elements
};

// Negative, with an error, for a command line that makes no sense.
int parse_options(int argc, char **argv, Options &options, ErrorHandler *errh);
extern const char *const usage_text;

#endif
