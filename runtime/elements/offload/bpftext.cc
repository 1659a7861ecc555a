// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "bpftext.hh"
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>

namespace mimi::bpf {

namespace {

// The verifier's last lines say what it did not like.
String last_of(const std::string &log)
{
    const size_t most = 400;
    const std::string text = log.substr(0, log.find('\0'));
    return String(text.substr(text.size() > most ? text.size() - most : 0).c_str());
}

}  // namespace

int command(bpf_cmd what, bpf_attr &attributes)
{
    return int(syscall(SYS_bpf, what, &attributes, sizeof(attributes)));
}

String reason(const char *what)
{
    if (errno == EPERM || errno == EACCES)
        return String(what) + ": not permitted (run as root, or with CAP_NET_ADMIN and CAP_BPF)";
    if (errno == ENOSYS)
        return String(what) + ": this kernel has no bpf(2)";
    return String(what) + ": " + strerror(errno);
}

int Text::load(bpf_prog_type type, const char *name, String &problem)
{
    for (const Jump &jump : _jumps)
        _text[jump.from].off = int16_t(_places[jump.to] - int(jump.from) - 1);
    const char license[] = "Apache-2.0";
    bpf_attr attributes{};
    attributes.prog_type = type;
    attributes.insns = reinterpret_cast<uintptr_t>(_text.data());
    attributes.insn_cnt = uint32_t(_text.size());
    attributes.license = reinterpret_cast<uintptr_t>(license);
    strncpy(attributes.prog_name, name, sizeof(attributes.prog_name) - 1);
    int fd = command(BPF_PROG_LOAD, attributes);
    if (fd >= 0)
        return fd;
    problem = reason(name);
    if (errno == EPERM)
        return -1;
    std::string log(1 << 18, '\0');
    attributes.log_level = 1;
    attributes.log_buf = reinterpret_cast<uintptr_t>(log.data());
    attributes.log_size = uint32_t(log.size());
    fd = command(BPF_PROG_LOAD, attributes);
    if (fd < 0 && log[0])
        problem += "; the kernel's verifier: " + last_of(log);
    return fd;
}

}  // namespace mimi::bpf
