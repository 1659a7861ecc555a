// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "kernelflows.hh"
#include "bpftext.hh"
#include <atomic>
#include <sys/mman.h>
#include <unistd.h>

namespace mimi {

namespace {

int make_map(bpf_map_type type, uint32_t key, uint32_t value, uint32_t entries, uint32_t flags)
{
    bpf_attr attributes{};
    attributes.map_type = type;
    attributes.key_size = key;
    attributes.value_size = value;
    attributes.max_entries = entries;
    attributes.map_flags = flags;
    return bpf::command(BPF_MAP_CREATE, attributes);
}

}  // namespace

void Descriptor::reset(int fd)
{
    if (_fd >= 0)
        close(_fd);
    _fd = fd;
}

KernelFlows::~KernelFlows()
{
    close_entrances();
    if (_seen)
        munmap(_seen, _seen_bytes);
}

String KernelFlows::make_maps(uint32_t flows)
{
    // Memory for an entry is taken when it comes.
    _flows.reset(make_map(BPF_MAP_TYPE_HASH, sizeof(WireKey), sizeof(WireAction), flows, BPF_F_NO_PREALLOC));
    if (_flows.get() < 0)
        return bpf::reason("map of flows");
    _plans.reset(make_map(BPF_MAP_TYPE_PERCPU_ARRAY, 4, sizeof(WirePlan), 1, 0));
    if (_plans.get() < 0)
        return bpf::reason("map of plans");
    _counts.reset(make_map(BPF_MAP_TYPE_ARRAY, 4, sizeof(WireCount), flows, BPF_F_MMAPABLE));
    if (_counts.get() < 0)
        return bpf::reason("map of counts");
    const size_t page = size_t(sysconf(_SC_PAGESIZE));
    _seen_bytes = (flows * sizeof(WireCount) + page - 1) / page * page;
    void *memory = mmap(nullptr, _seen_bytes, PROT_READ, MAP_SHARED, _counts.get(), 0);
    if (memory == MAP_FAILED)
        return bpf::reason("memory of counts");
    _seen = static_cast<WireCount *>(memory);
    return String();
}

String KernelFlows::open(const Side (&sides)[2], uint32_t flows)
{
    if (String problem = make_maps(flows))
        return problem;
    const FlowMaps maps = {_flows.get(), _plans.get(), _counts.get()};
    String problem;
    for (int side = 0; side < 2; ++side) {
        _sides[side] = sides[side];
        _judges[side].reset(load_judge(maps, sides[side].station, sides[side].others, uint8_t(side), problem));
    }
    _mover.reset(load_mover(maps, problem));
    return problem;
}

String KernelFlows::open_entrances(TcEntrance::Kind kind)
{
    for (int side = 0; side < 2; ++side)
        if (String problem = _entrances[side].open(_sides[side].ifindex, _mover.get(), kind))
            return problem;
    return String();
}

void KernelFlows::close_entrances()
{
    for (TcEntrance &entrance : _entrances)
        entrance.close();
}

bool KernelFlows::put(const WireKey &key, const WireAction &action)
{
    bpf_attr attributes{};
    attributes.map_fd = uint32_t(_flows.get());
    attributes.key = reinterpret_cast<uintptr_t>(&key);
    attributes.value = reinterpret_cast<uintptr_t>(&action);
    return bpf::command(BPF_MAP_UPDATE_ELEM, attributes) == 0;
}

void KernelFlows::remove(const WireKey &key)
{
    bpf_attr attributes{};
    attributes.map_fd = uint32_t(_flows.get());
    attributes.key = reinterpret_cast<uintptr_t>(&key);
    bpf::command(BPF_MAP_DELETE_ELEM, attributes);
}

WireCount KernelFlows::count(uint32_t number) const
{
    WireCount &c = _seen[number];
    return WireCount{std::atomic_ref<uint64_t>(c.packets).load(std::memory_order_relaxed),
                     std::atomic_ref<uint64_t>(c.bytes).load(std::memory_order_relaxed)};
}

}  // namespace mimi
