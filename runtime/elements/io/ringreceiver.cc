// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "framereceiver.hh"
#include <click/batchbuilder.hh>
#include "packetsocket.hh"
#include <click/straccum.hh>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <linux/if_packet.h>
#include <sys/socket.h>

namespace {

constexpr unsigned frame_bytes = 2048;
constexpr unsigned lookahead = 4;

// A ring of 2 KB slots shared with the kernel (TPACKET_V2). An ordinary frame is read from its slot without a system call. Of a
// longer one (64 KB of unfinished segmentation, jumbo frames) the slot holds the beginning, and says that recvmsg() has the whole:
// that copies it straight into the packet's buffer, and slots need not be 64 KB each.
class RingReceiver : public FrameReceiver {
  public:
    String open(const String &device, const Options &options) override;
    int fd() const override { return _socket.fd(); }
    PacketBatch *receive(bool &more) override;
    bool has_news() const override { return status(_at) & TP_STATUS_USER; }
    uint64_t kernel_drops() const override { return _socket.kernel_drops(); }
    bool vnet_header() const override { return _socket.vnet_header(); }
    int fanout_group() const override { return _socket.fanout_group(); }
    const char *method() const override { return "RING"; }
    String details() const override;

  private:
    // Long frames of a batch, in bytes: more would leave the processor's cache before they are sent.
    static constexpr size_t most_bytes = 64 << 10;

    unsigned char *slot(unsigned i) const { return _socket.ring() + size_t{i} * frame_bytes; }
    uint32_t status(unsigned i) const
    {
        auto *header = reinterpret_cast<tpacket2_hdr *>(slot(i));
        return std::atomic_ref<uint32_t>(header->tp_status).load(std::memory_order_acquire);
    }
    void give_back(unsigned i)
    {
        auto *header = reinterpret_cast<tpacket2_hdr *>(slot(i));
        std::atomic_ref<uint32_t>(header->tp_status).store(TP_STATUS_KERNEL, std::memory_order_release);
    }
    void prefetch(unsigned i) const
    {
        const unsigned char *at = slot(i);
        __builtin_prefetch(at);
        __builtin_prefetch(at + 64);
        __builtin_prefetch(at + 128);
    }
    WritablePacket *accept(const unsigned char *at, uint32_t flags);
    WritablePacket *accept_long();
    WritablePacket *refuse(Drop reason)
    {
        drop(reason);
        return nullptr;
    }

    Options _options;
    PacketSocket _socket;
    unsigned _at = 0;
    unsigned _frames = 0;
};

String RingReceiver::open(const String &device, const Options &options)
{
    _options = options;
    String problem = _socket.open_ring(device, options, frame_bytes);
    _frames = static_cast<unsigned>(_socket.ring_bytes() / frame_bytes);
    return problem;
}

PacketBatch *RingReceiver::receive(bool &more)
{
    PacketList batch;
    size_t bytes = 0;
    more = has_news();
    if (!more)
        _socket.clear_error();
    while (more && static_cast<unsigned>(batch.count) < _options.burst && bytes < most_bytes) {
        uint32_t flags = status(_at);
        if (!(flags & TP_STATUS_USER)) {
            more = false;
            break;
        }
        prefetch((_at + lookahead) % _frames);
        WritablePacket *packet = flags & TP_STATUS_COPY ? accept_long() : accept(slot(_at), flags);
        give_back(_at);
        if (++_at == _frames)
            _at = 0;
        if (packet) {
            bytes += packet->length();
            batch.append(packet);
        }
    }
    return batch.finish();
}

// The packet of a filled slot, or null when it must be dropped.
WritablePacket *RingReceiver::accept(const unsigned char *at, uint32_t flags)
{
    const auto &header = *reinterpret_cast<const tpacket2_hdr *>(at);
    const auto &from = *reinterpret_cast<const sockaddr_ll *>(at + TPACKET_ALIGN(sizeof(tpacket2_hdr)));
    if (from.sll_pkttype == PACKET_OUTGOING && !_options.outgoing)
        return refuse(drop_outgoing);
    if (header.tp_snaplen < header.tp_len || header.tp_snaplen < 14)
        return refuse(drop_truncated);
    WritablePacket *packet = Packet::make(_options.headroom, at + header.tp_mac, header.tp_snaplen, 0);
    if (!packet)
        return refuse(drop_memory);
    uint32_t frame_start = packet->headroom();
    if (flags & TP_STATUS_VLAN_VALID) {
        uint16_t type = flags & TP_STATUS_VLAN_TPID_VALID ? header.tp_vlan_tpid : 0x8100;
        if (!(packet = restore_tag(packet, type, header.tp_vlan_tci)))
            return nullptr;
    }
    if (_socket.vnet_header()) {
        VirtioHeader vnet;
        memcpy(&vnet, at + header.tp_mac - sizeof(vnet), sizeof(vnet));
        describe(vnet, packet, frame_start);
    }
    finish(packet, from.sll_pkttype);
    return packet;
}

// A frame that exceeds its slot waits, whole, in the socket's queue, and all that is said about it is taken from there: when two
// processors receive at the same time, the queue's order may differ from that of the slots.
WritablePacket *RingReceiver::accept_long()
{
    VirtioHeader vnet;
    sockaddr_ll from;
    alignas(cmsghdr) unsigned char control[CMSG_SPACE(sizeof(tpacket_auxdata))];
    const size_t header = _socket.vnet_header() ? sizeof(vnet) : 0;
    WritablePacket *packet = Packet::make(_options.headroom, nullptr, large_bytes, 0);
    if (!packet)
        drop(drop_memory);
    iovec parts[2] = {{&vnet, sizeof(vnet)}, {packet ? packet->data() : nullptr, packet ? size_t{large_bytes} : 0}};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof(from);
    message.msg_iov = parts + (header ? 0 : 1);
    message.msg_iovlen = header ? 2 : 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    ssize_t n = recvmsg(_socket.fd(), &message, MSG_DONTWAIT);
    if (!packet)
        return nullptr;
    if (n < static_cast<ssize_t>(header + 14) || (message.msg_flags & MSG_TRUNC)) {
        packet->kill();
        return refuse(n < 0 ? drop_offload : drop_truncated);
    }
    packet->take(static_cast<uint32_t>(large_bytes - (static_cast<size_t>(n) - header)));
    uint32_t frame_start = packet->headroom();
    if (!(packet = restore_tag(message, packet)))
        return nullptr;
    if (header)
        describe(vnet, packet, frame_start);
    finish(packet, from.sll_pkttype);
    return packet;
}

String RingReceiver::details() const
{
    StringAccum sa;
    sa << "ring_frames " << _frames << "\nring_frame_bytes " << frame_bytes << '\n';
    return sa.take_string();
}

}  // namespace

std::unique_ptr<FrameReceiver> FrameReceiver::make_ring()
{
    return std::make_unique<RingReceiver>();
}
