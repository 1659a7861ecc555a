// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "xdpprogram.hh"
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

int bpf(bpf_cmd command, bpf_attr &attributes)
{
    return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof(attributes)));
}

String reason(const char *what)
{
    if (errno == EPERM || errno == EACCES)
        return String(what) + ": not permitted (run as root, or with CAP_NET_ADMIN and CAP_BPF)";
    return String(what) + ": " + strerror(errno);
}

bpf_insn instruction(uint8_t code, uint8_t to, uint8_t from, int16_t offset, int32_t value)
{
    bpf_insn made{};
    made.code = code;
    made.dst_reg = to & 15;
    made.src_reg = from & 15;
    made.off = offset;
    made.imm = value;
    return made;
}

}  // namespace

XdpProgram::~XdpProgram()
{
    for (int fd : {_link, _program, _map})
        if (fd >= 0)
            close(fd);
}

String XdpProgram::attach(int ifindex, unsigned queues)
{
    String problem = make_map(queues);
    if (!problem)
        problem = load();
    if (problem)
        return problem;
    bpf_attr attributes{};
    attributes.link_create.prog_fd = static_cast<uint32_t>(_program);
    attributes.link_create.target_ifindex = static_cast<uint32_t>(ifindex);
    attributes.link_create.attach_type = BPF_XDP;
    attributes.link_create.flags = XDP_FLAGS_DRV_MODE;
    _link = bpf(BPF_LINK_CREATE, attributes);
    _native = _link >= 0;
    if (_link < 0 && errno != EBUSY) {
        attributes.link_create.flags = XDP_FLAGS_SKB_MODE;
        _link = bpf(BPF_LINK_CREATE, attributes);
    }
    if (_link < 0)
        return errno == EBUSY ? String("another XDP program is on the device") : reason("XDP program");
    return String();
}

String XdpProgram::make_map(unsigned queues)
{
    bpf_attr attributes{};
    attributes.map_type = BPF_MAP_TYPE_XSKMAP;
    attributes.key_size = attributes.value_size = 4;
    attributes.max_entries = queues;
    _map = bpf(BPF_MAP_CREATE, attributes);
    return _map < 0 ? reason("XDP map") : String();
}

String XdpProgram::load()
{
    // return bpf_redirect_map(&map, context->rx_queue_index, XDP_PASS);
    const bpf_insn text[] = {
        instruction(BPF_LDX | BPF_MEM | BPF_W, BPF_REG_2, BPF_REG_1, offsetof(xdp_md, rx_queue_index), 0),
        instruction(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, _map),
        instruction(0, 0, 0, 0, 0),  // the upper half of the instruction before
        instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, XDP_PASS),
        instruction(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_redirect_map),
        instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
    };
    bpf_attr attributes{};
    attributes.prog_type = BPF_PROG_TYPE_XDP;
    attributes.expected_attach_type = BPF_XDP;
    attributes.insns = reinterpret_cast<uintptr_t>(text);
    attributes.insn_cnt = sizeof(text) / sizeof(text[0]);
    const char license[] = "Apache-2.0";
    attributes.license = reinterpret_cast<uintptr_t>(license);
    _program = bpf(BPF_PROG_LOAD, attributes);
    return _program < 0 ? reason("XDP program") : String();
}

String XdpProgram::add_socket(unsigned queue, int fd)
{
    bpf_attr attributes{};
    attributes.map_fd = static_cast<uint32_t>(_map);
    attributes.key = reinterpret_cast<uintptr_t>(&queue);
    attributes.value = reinterpret_cast<uintptr_t>(&fd);
    attributes.flags = BPF_ANY;
    return bpf(BPF_MAP_UPDATE_ELEM, attributes) < 0 ? reason("XDP map") : String();
}
