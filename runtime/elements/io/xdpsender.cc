// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "framesender.hh"
#include "xdprings.hh"
#include <click/straccum.hh>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr uint32_t nchunks = 4096;
constexpr unsigned most_at_once = 32;  // the kernel takes no more by one call

// An AF_XDP socket that sends by one queue of the device, in copy mode, which every driver can: less work per frame than a packet
// socket. It carries no unfinished work, and loses what is too long without a word: that goes by a packet socket, as all does while the
// kernel has every chunk. Both send within the call, so the order stays.
class XdpSender : public FrameSender {
  public:
    explicit XdpSender(unsigned queue) : _queue(queue), _others(make_packet()) {}
    ~XdpSender() override
    {
        if (_fd >= 0)
            close(_fd);
    }

    String open(const String &device, const Options &options) override;
    int fd() const override { return _others->fd(); }  // what is waited for: the other one's way is always open
    int send(Packet *const *packets, unsigned n) override;
    bool vnet_header() const override { return _others->vnet_header(); }
    const char *method() const override { return "XDP"; }
    String details() const override;

  private:
    bool fits(const Packet *packet) const { return !packet->csum_partial() && packet->length() <= _longest; }
    void collect();
    int send_frames(Packet *const *packets, unsigned n);

    unsigned _queue;
    uint32_t _longest = 0;
    std::unique_ptr<FrameSender> _others;
    XdpMemory _memory;
    std::vector<uint64_t> _unused;  // chunks that are ours
    uint32_t _completed = 0;
    uint32_t _next = 0;
    int _fd = -1;
};

String because(const char *what)
{
    if (errno == EBUSY)
        return String(what) + ": another XDP socket is on the queue (a FromDevice with METHOD XDP?); use METHOD PACKET";
    if (errno == EPERM || errno == EACCES)
        return String(what) + ": not permitted (run as root, or with CAP_NET_RAW)";
    return String(what) + ": " + strerror(errno);
}

// The longest frame that the device surely takes.
uint32_t frame_limit(int fd, const String &device)
{
    constexpr uint32_t link_bytes = 14;
    ifreq request{};
    memcpy(request.ifr_name, device.data(), static_cast<size_t>(std::min(device.length(), IFNAMSIZ - 1)));
    if (ioctl(fd, SIOCGIFMTU, &request) < 0)
        return 0;
    return std::min(static_cast<uint32_t>(request.ifr_mtu) + link_bytes, uint32_t{XdpMemory::chunk_bytes});
}

String XdpSender::open(const String &device, const Options &options)
{
    if (String problem = _others->open(device, options))
        return problem;
    _longest = frame_limit(_others->fd(), device);
    _fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (_fd < 0)
        return because("XDP socket");
    if (!_memory.make(_fd, nchunks, XDP_TX_RING))
        return because("XDP memory");
    if (setsockopt(_fd, SOL_SOCKET, SO_SNDBUFFORCE, &options.buffer_bytes, sizeof(options.buffer_bytes)) < 0)
        setsockopt(_fd, SOL_SOCKET, SO_SNDBUF, &options.buffer_bytes, sizeof(options.buffer_bytes));
    sockaddr_xdp address{};
    address.sxdp_family = AF_XDP;
    address.sxdp_flags = XDP_COPY;
    address.sxdp_ifindex = if_nametoindex(String(device).c_str());
    address.sxdp_queue_id = _queue;
    if (bind(_fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)) < 0)
        return because("XDP bind");
    for (uint64_t chunk = nchunks; chunk-- > 0;)
        _unused.push_back(chunk * XdpMemory::chunk_bytes);
    return String();
}

// Takes back what the kernel is done with.
void XdpSender::collect()
{
    const uint32_t until = XdpRing<uint64_t>::load(_memory.completed.producer);
    for (; _completed != until; ++_completed)
        _unused.push_back(_memory.completed.slots[_completed & _memory.completed.mask]);
    XdpRing<uint64_t>::store(_memory.completed.consumer, _completed);
}

int XdpSender::send(Packet *const *packets, unsigned n)
{
    const bool first_fits = fits(packets[0]);
    unsigned alike = 1;
    while (alike < n && fits(packets[alike]) == first_fits)
        ++alike;
    if (!first_fits)
        return _others->send(packets, alike);
    collect();
    if (_unused.empty())
        return _others->send(packets, alike);
    return send_frames(packets, std::min({alike, most_at_once, static_cast<unsigned>(_unused.size())}));
}

// In copy mode the kernel reads the ring within the call only: what it then has not taken is ours again.
int XdpSender::send_frames(Packet *const *packets, unsigned n)
{
    XdpRing<xdp_desc> &ring = _memory.frames;
    for (unsigned i = 0; i < n; ++i) {
        const uint64_t chunk = _unused[_unused.size() - 1 - i];
        memcpy(_memory.at(chunk), packets[i]->data(), packets[i]->length());
        ring.slots[(_next + i) & ring.mask] = xdp_desc{chunk, packets[i]->length(), 0};
    }
    XdpRing<xdp_desc>::store(ring.producer, _next + n);
    const int error = sendto(_fd, nullptr, 0, MSG_DONTWAIT, nullptr, 0) < 0 ? errno : 0;
    const uint32_t taken = XdpRing<xdp_desc>::load(ring.consumer) - _next;
    _next += taken;
    XdpRing<xdp_desc>::store(ring.producer, _next);
    _unused.resize(_unused.size() - taken);
    if (taken)
        return static_cast<int>(taken);
    // A full send buffer or a busy device: this socket would call itself writable.
    return error == EAGAIN || error == EBUSY || !error ? -ENOBUFS : -error;
}

String XdpSender::details() const
{
    StringAccum sa;
    sa << "tx_queue " << _queue << '\n';
    return sa.take_string();
}

}  // namespace

std::unique_ptr<FrameSender> FrameSender::make_xdp(unsigned queue)
{
    return std::make_unique<XdpSender>(queue);
}
