// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "tcentrance.hh"
#include "bpftext.hh"
#include <cerrno>
#include <cstring>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <mutex>
#include <set>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace mimi {

namespace {

// A request to the kernel's traffic control, built piece by piece, and its answer.
class TcRequest {
  public:
    TcRequest(uint16_t type, uint16_t flags, int ifindex, uint32_t parent, uint32_t handle, uint32_t info)
    {
        header().nlmsg_len = NLMSG_LENGTH(sizeof(tcmsg));
        header().nlmsg_type = type;
        header().nlmsg_flags = uint16_t(NLM_F_REQUEST | NLM_F_ACK | flags);
        tcmsg message{};
        message.tcm_ifindex = ifindex;
        message.tcm_parent = parent;
        message.tcm_handle = handle;
        message.tcm_info = info;
        memcpy(NLMSG_DATA(_buffer), &message, sizeof(message));
    }
    void add(uint16_t type, const void *data, size_t bytes)
    {
        rtattr attribute{uint16_t(RTA_LENGTH(bytes)), type};
        memcpy(_buffer + header().nlmsg_len, &attribute, sizeof(attribute));
        if (bytes)
            memcpy(_buffer + header().nlmsg_len + RTA_LENGTH(0), data, bytes);
        header().nlmsg_len += RTA_SPACE(bytes);
    }
    void add(uint16_t type, const char *text) { add(type, text, strlen(text) + 1); }
    void add(uint16_t type, uint32_t value) { add(type, &value, sizeof(value)); }
    uint32_t begin(uint16_t type)
    {
        const uint32_t at = header().nlmsg_len;
        add(type, nullptr, 0);
        return at;
    }
    void end(uint32_t at) { reinterpret_cast<rtattr *>(_buffer + at)->rta_len = uint16_t(header().nlmsg_len - at); }

    // 0, or the kernel's errno.
    int send()
    {
        const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
        if (fd < 0)
            return errno;
        int error = EIO;
        if (::send(fd, _buffer, header().nlmsg_len, 0) < 0)
            error = errno;
        else if (recv(fd, _buffer, sizeof(_buffer), 0) >= ssize_t(NLMSG_LENGTH(sizeof(nlmsgerr))) && header().nlmsg_type == NLMSG_ERROR)
            error = -static_cast<nlmsgerr *>(NLMSG_DATA(_buffer))->error;
        ::close(fd);
        return error;
    }

  private:
    alignas(nlmsghdr) unsigned char _buffer[1024] = {};

    nlmsghdr &header() { return *reinterpret_cast<nlmsghdr *>(_buffer); }
};

constexpr uint32_t entrance = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS);
constexpr uint32_t priority = 0x4d69;
uint32_t filter_info()
{
    return TC_H_MAKE(priority << 16, htons(ETH_P_ALL));
}

// The filters of this process. Two routers of one process may stand at a device while one takes over from the other; what has
// a handle that none of ours has is a dead process's, and is replaced.
std::mutex filters_lock;
std::set<std::pair<int, uint32_t>> filters;

String tc_reason(const char *what, int error)
{
    errno = error;
    return bpf::reason(what);
}

}  // namespace

String TcEntrance::open(int ifindex, int program, Kind kind)
{
    _ifindex = ifindex;
    if (kind == tcx)
        return open_tcx(program);
    if (kind == clsact)
        return open_clsact(program);
    String problem = open_tcx(program);
    return problem ? open_clsact(program) : problem;
}

String TcEntrance::open_tcx(int program)
{
    const uint32_t tcx_ingress = 46;  // BPF_TCX_INGRESS, which headers before Linux 6.6 lack
    bpf_attr attributes{};
    attributes.link_create.prog_fd = uint32_t(program);
    attributes.link_create.target_ifindex = uint32_t(_ifindex);
    attributes.link_create.attach_type = tcx_ingress;
    _link = bpf::command(BPF_LINK_CREATE, attributes);
    return _link < 0 ? bpf::reason("tcx") : String();
}

String TcEntrance::open_clsact(int program)
{
    TcRequest discipline(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, _ifindex, TC_H_CLSACT, TC_H_MAKE(TC_H_CLSACT, 0), 0);
    discipline.add(TCA_KIND, "clsact");
    if (int error = discipline.send(); error && error != EEXIST)
        return tc_reason("clsact", error);
    std::lock_guard<std::mutex> guard(filters_lock);
    uint32_t handle = 1;
    while (filters.count({_ifindex, handle}))
        ++handle;
    TcRequest filter(RTM_NEWTFILTER, NLM_F_CREATE, _ifindex, entrance, handle, filter_info());
    filter.add(TCA_KIND, "bpf");
    const uint32_t options = filter.begin(TCA_OPTIONS);
    filter.add(TCA_BPF_FD, uint32_t(program));
    filter.add(TCA_BPF_NAME, "mimi_mover");
    filter.add(TCA_BPF_FLAGS, uint32_t(TCA_BPF_FLAG_ACT_DIRECT));
    filter.end(options);
    if (int error = filter.send())
        return tc_reason("tc filter", error);
    filters.insert({_ifindex, handle});
    _filter = handle;
    return String();
}

void TcEntrance::close()
{
    if (_link >= 0)
        ::close(_link);
    _link = -1;
    if (!_filter)
        return;
    TcRequest request(RTM_DELTFILTER, 0, _ifindex, entrance, _filter, filter_info());
    request.add(TCA_KIND, "bpf");
    request.send();
    std::lock_guard<std::mutex> guard(filters_lock);
    filters.erase({_ifindex, _filter});
    _filter = 0;
}

}  // namespace mimi
