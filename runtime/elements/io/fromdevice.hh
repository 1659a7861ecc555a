// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_FROMDEVICE_HH
#define CLICK_FROMDEVICE_HH
#include <click/batchelement.hh>
#include <click/error.hh>
#include <click/routerthread.hh>
#include "framereceiver.hh"
#include <atomic>
#include <memory>
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
//   BURST      Integer  frames of a batch, at most 256; 32
//   HEADROOM   Integer  bytes kept free in front of a frame, at most 128; 64
//   METHOD     Word     RING (a packet socket with a ring in shared memory), PACKET (a packet socket read by system calls) or XDP (an
//                       AF_XDP socket for each receive queue); RING if it can be had, else PACKET
//   RING       Integer  frames of 2 KB in the ring of each thread, 64 to 65536; 4096
//   THREADS    Integer  driver threads (option -j) that receive, each its share of the flows; 0: all, if every element that packets
//                       reach before a queue can be entered by several threads at once, else one; 0
//   ACTIVE     Boolean  receive at all; true
// =Handlers
//   count        r   frames received
//   byte_count   r   bytes received
//   batches      r   batches pushed
//   gso_count    r   frames with unfinished segmentation (longer than the link carries)
//   drops        r   frames lost here
//   drop_details r   the same by reason, `NAME VALUE` lines
//   kernel-drops r   frames the kernel had no room to queue
//   method       r   `NAME VALUE` lines: method, why it was taken, vnet_header, ring sizes, threads, why so many, fanout_group
//   threads      r   `THREAD FRAMES` lines: what each thread received
//   reset_counts w   zero the counters
//   active       rw  receive at all
// =Source packet(7), the kernel's include/uapi/linux/virtio_net.h; PACKET_VNET_HDR, PACKET_AUXDATA, PACKET_RX_RING, PACKET_FANOUT
//
// A frame arrives as the sender's stack left it: a checksum may still be unfinished and a frame may be up to 64 KB long.
// Both facts travel with the packet (Packet::offload()) for ToDevice to send it on the same way.
//
// XDP takes the frames away from the kernel, as SNIFFER false does. It carries no unfinished segmentation (on veth the kernel then has
// the peer segment) and no VLAN tag that the driver took out; unfinished checksums are recognised by their value. The program goes with
// the process, however that ends.
//
// With several threads each has a socket of its own (a *lane*); the kernel deals out the frames by a hash of addresses and ports
// that is the same for both directions, so all packets of a flow meet one thread, in order.
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

    // For an element that has the kernel deal with some of the frames: the device, and a BPF program that says which ones the sockets get.
    // -1: all of them. Empty, or the reason why not.
    const String &device() const { return _device; }
    int ifindex() const;
    String set_filter(int program);

  private:
    static constexpr unsigned most_headroom = 128;
    static constexpr int rounds = 4;  // batches before other work gets its turn

    // What one thread receives with.
    struct Lane final : public NewsSource {
        explicit Lane(FromDevice *owner) : owner(owner) {}
        bool has_news() const override { return receiver->has_news(); }
        void take_news() override { owner->receive(*this); }

        FromDevice *owner;
        int thread = 0;
        std::unique_ptr<FrameReceiver> receiver;
        RelaxedCounter batches;
    };
    enum Handle { h_count, h_bytes, h_batches, h_gso, h_drops, h_details, h_kernel_drops, h_method, h_threads, h_active };

    int parse_method(const String &method, ErrorHandler *errh);
    void choose_threads();
    String open_lanes();
    String open_lane(Lane &lane, bool ring);
    String open_xdp_lanes();
    void select(bool on);
    void receive(Lane &lane);
    void push_out(Lane &lane, PacketBatch *batch);
    int hide_from_kernel(ErrorHandler *errh);
    void reveal_to_kernel();

    template <typename F>
    uint64_t sum(F &&value) const;
    String method_text() const;
    String threads_text() const;
    String drops_text() const;
    static String read_handler(Element *element, void *user_data);
    static int write_handler(const String &value, Element *element, void *user_data, ErrorHandler *errh);
    void reset_counts();

    String _device;
    FrameReceiver::Options _options;
    enum Method { method_any, method_ring, method_packet, method_xdp } _method = method_any;
    String _method_reason, _threads_reason;
    int _threads = 0;
    bool _sniffer = true;
    bool _timestamp = true;
    std::atomic<bool> _active{true};
    bool _hidden = false;
    std::vector<std::unique_ptr<Lane>> _lanes;
};

#endif
