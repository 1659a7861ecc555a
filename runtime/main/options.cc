// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/main/options.hh"
#include <click/confparse.hh>
#include <click/error.hh>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <getopt.h>
#include <sched.h>

const char *const usage_text = R"(Usage: mimi-click [OPTION]... [ROUTERFILE] [NAME=VALUE]...
Runs a Click router configuration; without a file it is read from standard input.

  -f, --file FILE          Read the configuration from FILE ('-' is standard input).
  -e, --expression TEXT    Use TEXT as the configuration.
  -p, --port PORT[+]       Listen for control connections on TCP port PORT of this
                           machine; '+' tries the ten ports above it too.
  -u, --unix-socket FILE   Listen for control connections on a UNIX socket.
      --socket FD          Take control connections from an open socket.
  -R, --allow-reconfigure  Provide the 'hotconfig' write handler.
  -h, --handler ELEM.H     Print a read handler's value after the router has run.
  -x, --exit-handler ELEM.H
                           Exit with a read handler's value.
  -o, --output FILE        Write the flat configuration to FILE ('-' is standard output).
      --flatten            Only print the flat configuration, or write it to the file of
                           -o: element classes need not be known, nothing is initialized.
  -q, --quit               Do not run the driver.
  -t, --time               Print the time used by the driver.
  -w, --no-warnings        Do not print warnings.
  -C, --clickpath PATH     Search PATH for packages and libraries.
      --package FILE       Load the package FILE (NAME.uo) before the configuration is
                           read, as if that began with 'require(package NAME)'.
  -j, --threads N          Run N threads.
  -a, --affinity[=N]       Keep each thread on a CPU of its own, from CPU N (0) on.
      --no-affinity        Do not (the default).
      --simtime[=SECONDS]  Use a clock that jumps from timer to timer.
      --help               Print this text.
  -v, --version            Print the version.
)";

namespace {

enum LongOption { opt_socket = 256, opt_simtime, opt_help, opt_package, opt_flatten, opt_no_affinity };

const option long_options[] = {{"file", required_argument, nullptr, 'f'},
                               {"expression", required_argument, nullptr, 'e'},
                               {"port", required_argument, nullptr, 'p'},
                               {"unix-socket", required_argument, nullptr, 'u'},
                               {"socket", required_argument, nullptr, opt_socket},
                               {"allow-reconfigure", no_argument, nullptr, 'R'},
                               {"handler", required_argument, nullptr, 'h'},
                               {"exit-handler", required_argument, nullptr, 'x'},
                               {"output", required_argument, nullptr, 'o'},
                               {"flatten", no_argument, nullptr, opt_flatten},
                               {"quit", no_argument, nullptr, 'q'},
                               {"time", no_argument, nullptr, 't'},
                               {"no-warnings", no_argument, nullptr, 'w'},
                               {"clickpath", required_argument, nullptr, 'C'},
                               {"package", required_argument, nullptr, opt_package},
                               {"threads", required_argument, nullptr, 'j'},
                               {"affinity", optional_argument, nullptr, 'a'},
                               {"no-affinity", no_argument, nullptr, opt_no_affinity},
                               {"simtime", optional_argument, nullptr, opt_simtime},
                               {"help", no_argument, nullptr, opt_help},
                               {"version", no_argument, nullptr, 'v'},
                               {nullptr, 0, nullptr, 0}};

bool is_parameter(const char *word)
{
    if (!std::isalpha(static_cast<unsigned char>(*word)) && *word != '_')
        return false;
    while (std::isalnum(static_cast<unsigned char>(*word)) || *word == '_')
        ++word;
    return *word == '=';
}

bool parse_number(const char *text, double low, double high, double &number)
{
    char *end;
    number = std::strtod(text, &end);
    return *text && !*end && number >= low && number <= high;
}

int set_source(Options &options, bool text, const char *value, ErrorHandler *errh)
{
    if (options.has_file || options.has_text)
        return errh->error("router configuration specified twice");
    options.has_text = text;
    options.has_file = !text;
    (text ? options.text : options.file) = value;
    return 0;
}

String control_socket(const char *type, const char *where)
{
    return String(type) + ", " + cp_quote(where);
}

int apply_more(int letter, Options &options, ErrorHandler *errh)
{
    double number;
    switch (letter) {
    case 'C':
        setenv("CLICKPATH", optarg, 1);
        return 0;
    case opt_flatten:
        options.action = Options::action_flatten;
        return 0;
    case opt_package:
        options.packages.emplace_back(optarg);
        return 0;
    case 'j':
        if (!parse_number(optarg, 1, 256, number))
            return errh->error("-j: expected a number of threads from 1 to 256, found %<%s%>", optarg);
        options.threads = static_cast<int>(number);
        return 0;
    case 'a':
        number = 0;
        if (optarg && !parse_number(optarg, 0, CPU_SETSIZE - 256, number))
            return errh->error("--affinity: expected the number of a CPU, found %<%s%>", optarg);
        options.first_cpu = static_cast<int>(number);
        return 0;
    case opt_no_affinity:
        options.first_cpu = -1;
        return 0;
    case opt_simtime:
        options.simulated = true;
        if (optarg && !parse_number(optarg, 0, 4e9, options.simulated_start))
            return errh->error("--simtime: expected seconds since the epoch, found %<%s%>", optarg);
        return 0;
    case 'v':
        options.action = Options::action_version;
        return 0;
    case opt_help:
        options.action = Options::action_help;
        return 0;
    default:
        return -1;  // getopt has said why
    }
}

int apply(int letter, Options &options, ErrorHandler *errh)
{
    switch (letter) {
    case 'f':
        return set_source(options, false, optarg, errh);
    case 'e':
        return set_source(options, true, optarg, errh);
    case 'p':
        options.control_sockets.push_back(control_socket("TCP", optarg));
        return 0;
    case 'u':
        options.control_sockets.push_back(control_socket("UNIX", optarg));
        return 0;
    case opt_socket:
        options.control_sockets.push_back(control_socket("SOCKET", optarg));
        return 0;
    case 'R':
        options.hot_swap = true;
        return 0;
    case 'h':
        options.handlers.emplace_back(optarg);
        return 0;
    case 'x':
        if (!options.exit_handler.empty())
            return errh->error("exit handler specified twice");
        options.exit_handler = optarg;
        return 0;
    case 'o':
        if (!options.output.empty())
            return errh->error("output file specified twice");
        options.output = optarg;
        return 0;
    case 'q':
        options.quit_at_once = true;
        return 0;
    case 't':
        options.print_times = true;
        return 0;
    case 'w':
        options.warnings = false;
        return 0;
    default:
        return apply_more(letter, options, errh);
    }
}

}  // namespace

int parse_options(int argc, char **argv, Options &options, ErrorHandler *errh)
{
    // '-': words that are no options come back as the argument of option 1, in their place.
    for (int letter; (letter = getopt_long(argc, argv, "-f:e:p:u:Rh:x:o:qtwC:j:a::v", long_options, nullptr)) != -1;) {
        int result;
        if (letter != 1)
            result = apply(letter, options, errh);
        else if (const char *equals = is_parameter(optarg) ? std::strchr(optarg, '=') : nullptr) {
            options.parameters.emplace_back(String(optarg, static_cast<int>(equals - optarg)), String(equals + 1));
            result = 0;
        } else
            result = set_source(options, false, optarg, errh);
        if (result < 0)
            return -1;
    }
    for (; optind < argc; ++optind)
        if (set_source(options, false, argv[optind], errh) < 0)
            return -1;
    return 0;
}
