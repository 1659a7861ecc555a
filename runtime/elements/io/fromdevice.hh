// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_FROMDEVICE_HH
#define CLICK_FROMDEVICE_HH
#include <click/batchelement.hh>
#include <click/error.hh>
#include "packetsocket.hh"
#include "virtioheader.hh"
#include <array>
#include <atomic>
#include <linux/if_packet.h>
#include <memory>
#include <sys/socket.h>
#include <vector>

// =Element FromDevice(DEVNAME [, KEYWORDS])
// =Summary receives the frames that arrive at a network device
// =Ports none / 1, push
// =Arguments
//   DEVNAME    String   the device, as `ip link` names it
//   PROMISC    Boolean  also take frames meant for other stations; false
//   SNIFFER    Boolean  true: the kernel's own network code sees the frames too; false: only this router does (a rule of
//                       nftables, removed at the end, drops them behind the socket); true
//   OUTBOUND   Boolean  also take the frames this host sends through the device; false
//   TIMESTAMP  Boolean  set the timestamp annotation, one clock reading a batch; true
//   BURST      Integer  frames fetched by one system call, at most 256; 32
//   HEADROOM   Integer  bytes kept free in front of a frame, at most 128; 64
//   METHOD     Word     PACKET (an AF_PACKET socket) is the only one
//   ACTIVE     Boolean  receive at all; true
// =Handlers
//   count        r   frames received
//   byte_count   r   bytes received
//   batches      r   batches pushed
//   gso_count    r   frames with unfinished segmentation (longer than the link carries)
//   drops        r   frames lost here
//   drop_details r   the same by reason, `NAME VALUE` lines
//   kernel-drops r   frames the kernel had no room to queue
//   reset_counts w   zero the counters
//   active       rw  receive at all
// =Source packet(7), the kernel's include/uapi/linux/virtio_net.h; PACKET_VNET_HDR, PACKET_AUXDATA
//
// A frame arrives as the sender's stack left it: a checksum may still be unfinished and a frame may be up to 64 KB long.
// Both facts travel with the packet (Packet::offload()) for ToDevice to send it on the same way. Small frames land
// directly in the packet's own small buffer; only the part that does not fit there goes to a long one, which then is the packet.
class FromDevice : public BatchElement {
  public:
    FromDevice();
    ~FromDevice() override;

    const char *class_name() const override { return "FromDevice"; }
    const char *port_count() const override { return PORTS_0_1; }
    const char *processing() const override { return PUSH; }
    int configure_phase() const override { return CONFIGURE_PHASE_PRIVILEGED; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;
    void add_handlers() override;
    void selected(int fd, int mask) override;

  private:
    static constexpr unsigned small_bytes = 1600;  // an ordinary frame with its tags
    static constexpr unsigned large_bytes = 65536 + 256;  // 64 KB of IP and its link headers
    static constexpr unsigned most_headroom = 128;
    static constexpr int rounds = 4;               // system calls before other work gets its turn

    // One frame to be received: header, small packet, and a long packet for what exceeds it.
    struct Slot {
        VirtioHeader vnet;
        sockaddr_ll from;
        WritablePacket *small = nullptr;
        WritablePacket *large = nullptr;
        std::array<iovec, 3> parts;
        alignas(cmsghdr) unsigned char control[CMSG_SPACE(sizeof(tpacket_auxdata))];
    };
    enum Drop { drop_memory, drop_truncated, drop_offload, drop_outgoing, ndrops };
    static const char *const drop_names[ndrops];
    enum Handle { h_count, h_bytes, h_batches, h_gso, h_drops, h_details, h_kernel_drops, h_active };

    bool prepare(Slot &slot, msghdr &message);
    bool receive_round();
    Packet *accept(Slot &slot, const mmsghdr &message);
    WritablePacket *assemble(Slot &slot, size_t length);
    bool restore_tag(const msghdr &message, WritablePacket *&packet);
    void describe(const Slot &slot, WritablePacket *packet, uint32_t frame_start);
    void release_slots();
    void push_out(PacketBatch *batch);
    void drop(Drop reason) { _drops[reason].fetch_add(1, std::memory_order_relaxed); }
    int hide_from_kernel(ErrorHandler *errh);
    void reveal_to_kernel();

    static String read_handler(Element *element, void *user_data);
    static int write_handler(const String &value, Element *element, void *user_data, ErrorHandler *errh);

    String _device;
    PacketSocket::ReceiveOptions _options;
    bool _sniffer = true;
    bool _timestamp = true;
    bool _active = true;
    bool _hidden = false;
    unsigned _burst = 32;
    unsigned _headroom = 64;

    PacketSocket _socket;
    std::vector<std::unique_ptr<Slot>> _slots;
    std::vector<mmsghdr> _messages;

    std::atomic<uint64_t> _count{0}, _bytes{0}, _batches{0}, _gso{0};
    std::array<std::atomic<uint64_t>, ndrops> _drops{};
};

#endif
