// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "framereceiver.hh"
#include <click/batchbuilder.hh>
#include "packetsocket.hh"
#include "unfinishedsum.hh"
#include "xdpprogram.hh"
#include "xdprings.hh"
#include <click/straccum.hh>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <net/if.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr unsigned lookahead = 4;

String reason(const char *what)
{
    if (errno == EPERM || errno == EACCES)
        return String(what) + ": not permitted (run as root, or with CAP_NET_RAW)";
    return String(what) + ": " + strerror(errno);
}

// An AF_XDP socket for one receive queue, in copy mode, which every driver can. The kernel says nothing about unfinished checksums on this
// way, so they are recognised; it does not carry unfinished segmentation: a veth device with an XDP program makes its peer segment.
class XdpReceiver : public FrameReceiver {
  public:
    explicit XdpReceiver(unsigned queue, std::shared_ptr<XdpProgram> program) : _queue(queue), _program(std::move(program)) {}
    ~XdpReceiver() override
    {
        if (_fd >= 0)
            close(_fd);
    }

    String open(const String &device, const Options &options) override;
    int fd() const override { return _fd; }
    PacketBatch *receive(bool &more) override;
    bool has_news() const override { return _memory.frames.producer && XdpRing<xdp_desc>::load(_memory.frames.producer) != _at; }
    uint64_t kernel_drops() const override;
    bool vnet_header() const override { return false; }
    const char *method() const override { return "XDP"; }
    String details() const override;

  private:
    void give_all();
    WritablePacket *accept(const xdp_desc &frame);
    Packet::PacketType type_of(const unsigned char *to) const;

    unsigned _queue;
    std::shared_ptr<XdpProgram> _program;
    PacketSocket _device;  // an XDP socket can neither ask for promiscuous mode nor tell the device's address
    Options _options;
    uint32_t _chunks = 0;
    XdpMemory _memory;
    int _fd = -1;
    uint32_t _at = 0;    // next received frame
    uint32_t _give = 0;  // next place in the ring of free chunks
};

String XdpReceiver::open(const String &device, const Options &options)
{
    _options = options;
    _chunks = 64;
    while (_chunks < options.ring_frames)
        _chunks *= 2;
    _fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (_fd < 0)
        return reason("XDP socket");
    String problem = _device.open_deaf(device, options.promiscuous);
    if (problem)
        return problem;
    if (!_memory.make(_fd, _chunks, XDP_RX_RING))
        return reason("XDP memory");
    give_all();
    sockaddr_xdp address{};
    address.sxdp_family = AF_XDP;
    address.sxdp_flags = XDP_COPY;
    address.sxdp_ifindex = if_nametoindex(String(device).c_str());
    address.sxdp_queue_id = _queue;
    if (bind(_fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)) < 0)
        return errno == EBUSY ? String("another XDP socket is on the device") : reason("XDP bind");
    return _program->add_socket(_queue, _fd);
}

// Every chunk of the memory is the kernel's to fill.
void XdpReceiver::give_all()
{
    for (; _give < _chunks; ++_give)
        _memory.free.slots[_give] = uint64_t{_give} * XdpMemory::chunk_bytes;
    XdpRing<uint64_t>::store(_memory.free.producer, _give);
}

PacketBatch *XdpReceiver::receive(bool &more)
{
    PacketList batch;
    const uint32_t available = XdpRing<xdp_desc>::load(_memory.frames.producer) - _at;
    const uint32_t n = std::min<uint32_t>(available, _options.burst);
    for (uint32_t i = 0; i < n; ++i, ++_at) {
        if (i + lookahead < n)
            __builtin_prefetch(_memory.at(_memory.frames.slots[(_at + lookahead) & _memory.frames.mask].addr));
        const xdp_desc frame = _memory.frames.slots[_at & _memory.frames.mask];
        if (WritablePacket *packet = accept(frame))
            batch.append(packet);
        _memory.free.slots[_give++ & _memory.free.mask] = frame.addr / XdpMemory::chunk_bytes * XdpMemory::chunk_bytes;
    }
    XdpRing<xdp_desc>::store(_memory.frames.consumer, _at);
    XdpRing<uint64_t>::store(_memory.free.producer, _give);
    more = available > n;
    return batch.finish();
}

WritablePacket *XdpReceiver::accept(const xdp_desc &frame)
{
    if (frame.len < 14) {
        drop(drop_truncated);
        return nullptr;
    }
    WritablePacket *packet = Packet::make(_options.headroom, _memory.at(frame.addr), frame.len, 0);
    if (!packet) {
        drop(drop_memory);
        return nullptr;
    }
    VirtioHeader vnet;
    if (find_unfinished_sum(packet->data(), packet->length(), vnet))
        describe(vnet, packet, packet->headroom());
    finish(packet, type_of(packet->data()));
    return packet;
}

// The kernel has not looked at the frame yet.
Packet::PacketType XdpReceiver::type_of(const unsigned char *to) const
{
    static const unsigned char everyone[6] = {255, 255, 255, 255, 255, 255};
    if (!memcmp(to, everyone, 6))
        return Packet::BROADCAST;
    if (to[0] & 1)
        return Packet::MULTICAST;
    return memcmp(to, _device.address(), 6) ? Packet::OTHERHOST : Packet::HOST;
}

uint64_t XdpReceiver::kernel_drops() const
{
    xdp_statistics statistics{};
    socklen_t length = sizeof(statistics);
    if (_fd < 0 || getsockopt(_fd, SOL_XDP, XDP_STATISTICS, &statistics, &length) < 0)
        return 0;
    return statistics.rx_dropped + statistics.rx_ring_full;
}

String XdpReceiver::details() const
{
    StringAccum sa;
    sa << "xdp_mode " << _program->mode() << "\nring_frames " << _chunks << "\nring_frame_bytes " << XdpMemory::chunk_bytes << '\n';
    return sa.take_string();
}

// How many queues the device receives by; 1 when it does not say.
unsigned receive_queues(const String &device)
{
    ethtool_channels channels{};
    channels.cmd = ETHTOOL_GCHANNELS;
    ifreq request{};
    memcpy(request.ifr_name, device.data(), static_cast<size_t>(std::min(device.length(), IFNAMSIZ - 1)));
    request.ifr_data = reinterpret_cast<char *>(&channels);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool told = fd >= 0 && ioctl(fd, SIOCETHTOOL, &request) == 0;
    if (fd >= 0)
        close(fd);
    return told ? std::max(1u, channels.rx_count + channels.combined_count) : 1;
}

}  // namespace

String FrameReceiver::make_xdp(const String &device, std::vector<std::unique_ptr<FrameReceiver>> &made)
{
    unsigned ifindex = device ? if_nametoindex(String(device).c_str()) : 0;
    if (!ifindex)
        return "no such device";
    unsigned queues = receive_queues(device);
    auto program = std::make_shared<XdpProgram>();
    if (String problem = program->attach(static_cast<int>(ifindex), queues))
        return problem;
    for (unsigned queue = 0; queue < queues; ++queue)
        made.push_back(std::make_unique<XdpReceiver>(queue, program));
    return String();
}
