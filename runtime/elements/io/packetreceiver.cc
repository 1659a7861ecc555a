// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "framereceiver.hh"
#include <click/batchbuilder.hh>
#include "packetsocket.hh"
#include <cerrno>
#include <cstring>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <utility>
#include <vector>

namespace {

// recvmmsg() on a packet socket. Small frames land directly in the packet's own small buffer; only what does not fit there goes
// to a long one, which then is the packet.
class PacketReceiver : public FrameReceiver {
  public:
    ~PacketReceiver() override;

    String open(const String &device, const Options &options) override;
    int fd() const override { return _socket.fd(); }
    PacketBatch *receive(bool &more) override;
    uint64_t kernel_drops() const override { return _socket.kernel_drops(); }
    bool vnet_header() const override { return _socket.vnet_header(); }
    int fanout_group() const override { return _socket.fanout_group(); }
    const char *method() const override { return "PACKET"; }

  private:
    // One frame to be received: header, small packet, and a long packet for what exceeds it.
    struct Slot {
        VirtioHeader vnet;
        sockaddr_ll from;
        WritablePacket *small = nullptr;
        WritablePacket *large = nullptr;
        std::array<iovec, 3> parts;
        alignas(cmsghdr) unsigned char control[CMSG_SPACE(sizeof(tpacket_auxdata))];
    };

    bool prepare(Slot &slot, msghdr &message);
    WritablePacket *accept(Slot &slot, const mmsghdr &message);
    WritablePacket *assemble(Slot &slot, size_t length);

    Options _options;
    PacketSocket _socket;
    std::vector<Slot> _slots;
    std::vector<mmsghdr> _messages;
};

PacketReceiver::~PacketReceiver()
{
    for (Slot &slot : _slots)
        for (WritablePacket *packet : {slot.small, slot.large})
            if (packet)
                packet->kill();
}

String PacketReceiver::open(const String &device, const Options &options)
{
    _options = options;
    String problem = _socket.open_for_receive(device, options);
    if (problem)
        return problem;
    _messages.resize(options.burst);
    _slots.resize(options.burst);
    for (unsigned i = 0; i < options.burst; ++i)
        if (!prepare(_slots[i], _messages[i].msg_hdr))
            return "out of memory";
    return String();
}

// Makes the slot ready for one frame. False when there is no memory for it.
bool PacketReceiver::prepare(Slot &slot, msghdr &message)
{
    if (!slot.small && !(slot.small = Packet::make(_options.headroom, nullptr, small_bytes, 0)))
        return false;
    if (!slot.large && !(slot.large = Packet::make(_options.headroom, nullptr, large_bytes, 0)))
        return false;
    slot.parts[0] = {&slot.vnet, sizeof(slot.vnet)};
    slot.parts[1] = {slot.small->data(), small_bytes};
    // The long packet keeps room in front for the part that the small one receives.
    slot.parts[2] = {slot.large->data() + small_bytes, large_bytes - small_bytes};
    bool vnet = _socket.vnet_header();
    message = msghdr{};
    message.msg_name = &slot.from;
    message.msg_namelen = sizeof(slot.from);
    message.msg_iov = slot.parts.data() + (vnet ? 0 : 1);
    message.msg_iovlen = vnet ? 3 : 2;
    message.msg_control = slot.control;
    message.msg_controllen = sizeof(slot.control);
    return true;
}

PacketBatch *PacketReceiver::receive(bool &more)
{
    int n = recvmmsg(_socket.fd(), _messages.data(), _options.burst, MSG_DONTWAIT, nullptr);
    if (n < 0) {
        // EINVAL: the kernel could not describe the frame's offload to us, and has discarded the frame.
        if (errno == EINVAL)
            drop(drop_offload);
        more = errno == EINVAL || errno == EINTR;
        return nullptr;
    }
    PacketList batch;
    for (int i = 0; i < n; ++i) {
        if (WritablePacket *packet = accept(_slots[i], _messages[i]))
            batch.append(packet);
        if (!prepare(_slots[i], _messages[i].msg_hdr)) {
            _messages[i].msg_hdr.msg_iovlen = 0;
            drop(drop_memory);
        }
    }
    more = n == int(_options.burst);
    return batch.finish();
}

// The packet in a filled slot, or null when it must be dropped.
WritablePacket *PacketReceiver::accept(Slot &slot, const mmsghdr &message)
{
    if (slot.from.sll_pkttype == PACKET_OUTGOING && !_options.outgoing) {
        drop(drop_outgoing);
        return nullptr;
    }
    size_t header = _socket.vnet_header() ? sizeof(slot.vnet) : 0;
    if ((message.msg_hdr.msg_flags & MSG_TRUNC) || message.msg_len < header + 14) {
        drop(drop_truncated);
        return nullptr;
    }
    WritablePacket *packet = assemble(slot, message.msg_len - header);
    uint32_t frame_start = packet->headroom();
    if (!(packet = restore_tag(message.msg_hdr, packet)))
        return nullptr;
    if (header)
        describe(slot.vnet, packet, frame_start);
    finish(packet, slot.from.sll_pkttype);
    return packet;
}

WritablePacket *PacketReceiver::assemble(Slot &slot, size_t length)
{
    if (length <= small_bytes) {
        WritablePacket *packet = std::exchange(slot.small, nullptr);
        packet->take(static_cast<uint32_t>(small_bytes - length));
        return packet;
    }
    WritablePacket *packet = std::exchange(slot.large, nullptr);
    memcpy(packet->data(), slot.small->data(), small_bytes);
    packet->take(static_cast<uint32_t>(large_bytes - length));
    return packet;
}

}  // namespace

std::unique_ptr<FrameReceiver> FrameReceiver::make_packet()
{
    return std::make_unique<PacketReceiver>();
}
