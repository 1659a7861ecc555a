// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "framesender.hh"
#include "packetsocket.hh"
#include "runtime/elements/ip/finishchecksum.hh"
#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <vector>

void FrameSender::describe(const Packet *packet, VirtioHeader &header)
{
    header = VirtioHeader{};
    int start = partial_checksum_start(packet);
    if (start < 0)
        return;
    const PacketOffload &offload = packet->offload();
    header.flags = VirtioHeader::needs_checksum;
    header.csum_start = static_cast<uint16_t>(start);
    header.csum_offset = offload.csum_offset;
    if (offload.gso_type == VirtioHeader::gso_none)
        return;
    header.gso_type = offload.gso_type;
    header.gso_size = offload.gso_size;
    // Tells the kernel how much to keep contiguous; the headers are enough, and the receiver's hint may span all of it.
    bool udp = (offload.gso_type & ~VirtioHeader::gso_ecn) == VirtioHeader::gso_udp_l4;
    unsigned transport = udp ? 8 : start + 13 < int(packet->length()) ? (packet->data()[start + 12] >> 4) * 4 : 20;
    header.hdr_len = static_cast<uint16_t>(std::min<unsigned>(start + transport, packet->length()));
}

namespace {

// sendmmsg() on a packet socket.
class PacketSender : public FrameSender {
  public:
    String open(const String &device, const Options &options) override;
    int fd() const override { return _socket.fd(); }
    int send(Packet *const *packets, unsigned n) override;
    bool vnet_header() const override { return _socket.vnet_header(); }
    const char *method() const override { return "PACKET"; }

  private:
    PacketSocket _socket;
    std::vector<VirtioHeader> _headers;
    std::vector<std::array<iovec, 2>> _parts;
    std::vector<mmsghdr> _messages;
};

String PacketSender::open(const String &device, const Options &options)
{
    String problem = _socket.open_for_send(device, options);
    if (problem)
        return problem;
    const bool vnet = _socket.vnet_header();
    _headers.resize(options.burst);
    _parts.resize(options.burst);
    _messages.resize(options.burst);
    for (unsigned i = 0; i < options.burst; ++i) {
        _parts[i][0] = {&_headers[i], sizeof(VirtioHeader)};
        _messages[i].msg_hdr.msg_iov = _parts[i].data() + (vnet ? 0 : 1);
        _messages[i].msg_hdr.msg_iovlen = vnet ? 2 : 1;
    }
    return problem;
}

int PacketSender::send(Packet *const *packets, unsigned n)
{
    n = std::min<unsigned>(n, static_cast<unsigned>(_messages.size()));
    for (unsigned i = 0; i < n; ++i) {
        _parts[i][1] = {const_cast<unsigned char *>(packets[i]->data()), packets[i]->length()};
        describe(packets[i], _headers[i]);
    }
    int done = sendmmsg(_socket.fd(), _messages.data(), n, MSG_DONTWAIT);
    return done < 0 ? -errno : done;
}

}  // namespace

std::unique_ptr<FrameSender> FrameSender::make_packet()
{
    return std::make_unique<PacketSender>();
}
