// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "packetsocket.hh"
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <net/if.h>  // before the kernel's headers, which step back for it
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif
#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000
#endif
#ifndef PACKET_FANOUT_FLAG_UNIQUEID
#define PACKET_FANOUT_FLAG_UNIQUEID 0x2000
#endif

namespace {

constexpr unsigned ring_block_bytes = 128 << 10;

String reason(const char *what)
{
    if (errno == EPERM || errno == EACCES)
        return String(what) + ": not permitted (run as root, or with CAP_NET_RAW)";
    return String(what) + ": " + strerror(errno);
}

template <typename T>
bool set_option(int fd, int level, int name, const T &value)
{
    return setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

// The forced variants pass the system-wide limit but need CAP_NET_ADMIN; the plain ones take what the limit allows.
void set_buffer(int fd, int forced, int plain, int bytes)
{
    if (!set_option(fd, SOL_SOCKET, forced, bytes))
        set_option(fd, SOL_SOCKET, plain, bytes);
}

}  // namespace

String PacketSocket::open_socket(const String &device)
{
    close();
    if (device.length() == 0 || device.length() >= IFNAMSIZ)
        return "no such device (a device name has 1 to 15 characters)";
    // Protocol 0: nothing is received before the socket is bound to its device.
    _fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (_fd < 0)
        return reason("packet socket");

    ifreq request{};
    memcpy(request.ifr_name, device.data(), device.length());
    if (ioctl(_fd, SIOCGIFINDEX, &request) < 0)
        return errno == ENODEV ? String("no such device") : reason("device index");
    _ifindex = request.ifr_ifindex;
    if (ioctl(_fd, SIOCGIFHWADDR, &request) < 0)
        return reason("device type");
    memcpy(_address, request.ifr_hwaddr.sa_data, sizeof(_address));
    int type = request.ifr_hwaddr.sa_family;
    if (type != ARPHRD_ETHER && type != ARPHRD_LOOPBACK)
        return "not an Ethernet device (hardware type " + String(type) + ")";
    int on = 1;
    _vnet_header = set_option(_fd, SOL_PACKET, PACKET_VNET_HDR, on);
    return String();
}

String PacketSocket::bind_to(int protocol)
{
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_ifindex = _ifindex;
    address.sll_protocol = htons(protocol);
    if (bind(_fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)) < 0)
        return reason("bind");
    return String();
}

String PacketSocket::set_promiscuous()
{
    packet_mreq request{};
    request.mr_ifindex = _ifindex;
    request.mr_type = PACKET_MR_PROMISC;
    if (!set_option(_fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, request))
        return reason("promiscuous mode");
    return String();
}

String PacketSocket::open_deaf(const String &device, bool promiscuous)
{
    String problem = open_socket(device);
    return problem || !promiscuous ? problem : set_promiscuous();
}

String PacketSocket::start_receiving(const FrameReceiver::Options &options)
{
    int on = 1;
    String problem;
    set_buffer(_fd, SO_RCVBUFFORCE, SO_RCVBUF, options.buffer_bytes);
    set_option(_fd, SOL_PACKET, PACKET_AUXDATA, on);
    if (!options.outgoing)
        set_option(_fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, on);  // older kernels: the receiver filters
    if (options.promiscuous && (problem = set_promiscuous()))
        return problem;
    if ((problem = bind_to(ETH_P_ALL)))
        return problem;
    return options.fanout_members ? join_fanout(options) : problem;
}

// All sockets of a group get the same device's frames, each flow one of them. The hash is over addresses and ports, the same for both
// directions; fragments go by the addresses alone.
String PacketSocket::join_fanout(const FrameReceiver::Options &options)
{
    unsigned id = options.fanout_group >= 0 ? static_cast<unsigned>(options.fanout_group) : 0;
    unsigned type = PACKET_FANOUT_HASH | (options.fanout_group < 0 ? PACKET_FANOUT_FLAG_UNIQUEID : 0);
    unsigned deaf = options.outgoing ? 0 : PACKET_FANOUT_FLAG_IGNORE_OUTGOING;
    unsigned value = id | (type | deaf) << 16;
    bool joined = set_option(_fd, SOL_PACKET, PACKET_FANOUT, value);
    if (!joined && deaf && errno == EINVAL) {  // an older kernel: the receiver filters
        value = id | type << 16;
        joined = set_option(_fd, SOL_PACKET, PACKET_FANOUT, value);
    }
    if (!joined)
        return reason("fan-out");
    socklen_t length = sizeof(value);
    if (getsockopt(_fd, SOL_PACKET, PACKET_FANOUT, &value, &length) < 0)
        return reason("fan-out group");
    _fanout_group = static_cast<int>(value & 0xFFFF);
    return String();
}

String PacketSocket::open_for_receive(const String &device, const FrameReceiver::Options &options)
{
    String problem = open_socket(device);
    if (problem)
        return problem;
    return start_receiving(options);
}

String PacketSocket::open_ring(const String &device, const FrameReceiver::Options &options, unsigned frame_bytes)
{
    String problem = open_socket(device);
    if (problem)
        return problem;
    if ((problem = map_ring(options.ring_frames, frame_bytes)))
        return problem;
    return start_receiving(options);
}

String PacketSocket::map_ring(unsigned frames, unsigned frame_bytes)
{
    int version = TPACKET_V2, on = 1;
    if (!set_option(_fd, SOL_PACKET, PACKET_VERSION, version))
        return reason("ring version");
    if (!set_option(_fd, SOL_PACKET, PACKET_COPY_THRESH, on))
        return reason("ring with copies");
    tpacket_req request{};
    request.tp_block_size = ring_block_bytes;
    request.tp_frame_size = frame_bytes;
    request.tp_block_nr = (frames * frame_bytes + ring_block_bytes - 1) / ring_block_bytes;
    request.tp_frame_nr = request.tp_block_nr * (ring_block_bytes / frame_bytes);
    if (!set_option(_fd, SOL_PACKET, PACKET_RX_RING, request))
        return reason("ring");
    _ring_bytes = size_t{request.tp_block_nr} * request.tp_block_size;
    void *memory = mmap(nullptr, _ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, _fd, 0);
    if (memory == MAP_FAILED)
        return reason("ring memory");
    _ring = static_cast<unsigned char *>(memory);
    return String();
}

String PacketSocket::open_for_send(const String &device, const FrameSender::Options &options)
{
    String problem = open_socket(device);
    if (problem)
        return problem;
    int on = 1;
    set_buffer(_fd, SO_SNDBUFFORCE, SO_SNDBUF, options.buffer_bytes);
    if (options.bypass_qdisc && !set_option(_fd, SOL_PACKET, PACKET_QDISC_BYPASS, on))
        return reason("queueing bypass");
    return bind_to(0);
}

void PacketSocket::close()
{
    if (_ring)
        munmap(_ring, _ring_bytes);
    _ring = nullptr;
    _fanout_group = -1;
    if (_fd >= 0)
        ::close(_fd);
    _fd = -1;
    _vnet_header = false;
}

void PacketSocket::clear_error()
{
    int error = 0;
    socklen_t length = sizeof(error);
    getsockopt(_fd, SOL_SOCKET, SO_ERROR, &error, &length);
}

uint64_t PacketSocket::kernel_drops() const
{
    tpacket_stats stats{};
    socklen_t length = sizeof(stats);
    // Reading resets the kernel's counters.
    if (_fd >= 0 && getsockopt(_fd, SOL_PACKET, PACKET_STATISTICS, &stats, &length) == 0)
        _kernel_drops += stats.tp_drops;
    return _kernel_drops;
}
