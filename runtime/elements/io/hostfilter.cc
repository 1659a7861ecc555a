// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "hostfilter.hh"
#include <cerrno>
#include <cstring>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

namespace {

String table_name(const String &device)
{
    String name = "mimi_only_";
    for (int i = 0; i < device.length(); ++i)
        name += isalnum(static_cast<unsigned char>(device[i])) ? device[i] : '_';
    return name;
}

// Runs `nft` with one command; 0 when it succeeded, -1 when it could not run.
int run_nft(const String &command, bool quiet)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (quiet)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", 1, 0);
    String text = command;
    char program[] = "nft";
    char *const arguments[] = {program, const_cast<char *>(text.c_str()), nullptr};
    pid_t pid;
    int failed = posix_spawnp(&pid, program, &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed)
        return -1;
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

String HostFilter::hide(const String &device)
{
    // Adding before deleting makes deleting succeed whether an earlier run left a table behind or not.
    String table = "netdev " + table_name(device);
    String command = "add table " + table + "; delete table " + table + "; add table " + table + "; add chain " + table
                     + " ingress { type filter hook ingress device \"" + device + "\" priority -500; policy drop; }";
    switch (run_nft(command, false)) {
    case 0:
        return String();
    case -1:
        return "the program nft (package nftables) could not be run";
    default:
        return "nft refused the rule (see above)";
    }
}

void HostFilter::reveal(const String &device)
{
    run_nft("delete table netdev " + table_name(device), true);
}
