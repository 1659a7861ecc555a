// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_TODEVICE_HH
#define CLICK_TODEVICE_HH
#include <click/batchelement.hh>
#include <click/notifier.hh>
#include <click/task.hh>
#include <click/timer.hh>
#include <click/threadcounter.hh>
#include "framesender.hh"
#include <array>
#include <deque>
#include <memory>
#include <vector>

// =Element ToDevice(DEVNAME [, KEYWORDS])
// =Summary sends frames out of a network device
// =Ports 1 / 0-2, agnostic input, push outputs. A pull input is drained by a task that sleeps while upstream is empty; a
//   push input is sent at once, a batch by one system call. Output 0 gets sent frames, output 1 the dropped ones.
// =Arguments
//   DEVNAME       String   the device, as `ip link` names it
//   BURST         Integer  frames sent by one system call, at most 256; 32
//   QUEUE         Integer  frames kept while the device is busy, push input only; 1024
//   QDISC_BYPASS  Boolean  skip the kernel's queueing discipline; false
//   METHOD        Word     PACKET (an AF_PACKET socket, sendmmsg), or XDP (AF_XDP: quicker for short frames; the kernel's queueing
//     discipline and `tcpdump` do not see them, and the queue must have no other XDP socket); PACKET
// =Handlers
//   count        r   frames sent
//   byte_count   r   bytes sent
//   gso_count    r   frames sent with unfinished segmentation
//   busy_count   r   times the device was busy and the frames had to wait
//   drops        r   frames lost here
//   drop_details r   the same by reason, `NAME VALUE` lines
//   pending      r   frames that wait for the device
//   method       r   `NAME VALUE` lines: method, why it was taken, vnet_header, tx_queue (XDP), lanes
//   reset_counts w   zero the counters
// =Source packet(7), the kernel's include/uapi/linux/virtio_net.h; PACKET_VNET_HDR, PACKET_QDISC_BYPASS
//
// A packet's unfinished work (Packet::offload()) goes out with it: the device, or the stack behind it, completes the
// checksum and cuts the frame. Where the socket cannot say so, the checksum is computed here.
//
// Any number of threads may push: each sends by a socket of its own (a *lane*), and they share nothing. With METHOD XDP the lane of
// thread N sends by queue N of the device; what an XDP socket does not carry (unfinished work, frames longer than the device's MTU) goes by a packet
// socket beside it, in order.
class ToDevice : public BatchElement {
  public:
    ToDevice();
    ~ToDevice() override;

    const char *class_name() const override { return "ToDevice"; }
    const char *port_count() const override { return "1/0-2"; }
    const char *processing() const override { return "a/h"; }
    const char *flow_code() const override { return "x/xx"; }
    const char *flags() const override { return "T"; }
    int configure_phase() const override { return CONFIGURE_PHASE_PRIVILEGED; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;
    void add_handlers() override;

    void push(int port, Packet *packet) override;
    void push_batch(int port, PacketBatch *batch) override;
    bool run_task(Task *task) override;
    void selected(int fd, int mask) override;

  private:
    enum Drop { drop_backlog, drop_too_big, drop_no_buffers, drop_link_down, drop_memory, drop_refused, ndrops };
    static const char *const drop_names[ndrops];
    enum Handle { h_count, h_bytes, h_gso, h_busy, h_drops, h_details, h_pending, h_method };
    static constexpr int most_retries = 50;       // of one frame, for lack of kernel buffers
    static constexpr unsigned retry_after_us = 200;

    // What one thread sends with.
    struct Lane {
        explicit Lane(ToDevice *owner) : owner(owner), again(resume_callback, this), timer(&again) {}

        ToDevice *owner;
        std::unique_ptr<FrameSender> sender;
        std::deque<Packet *> pending;
        std::vector<Packet *> burst;
        bool blocked = false, sending = false;
        int retries = 0;
        Task again;   // goes on after a wait, in the lane's thread
        Timer timer;
        RelaxedCounter count, bytes, gso, busy, waiting;
        std::array<RelaxedCounter, ndrops> drops;
    };

    Lane &lane() { return *_lanes[_pull ? 0 : click_current_cpu_id()]; }
    String open_lane(int thread);
    void enqueue(Lane &lane, Packet *packet);
    bool fetch(Lane &lane);
    bool flush(Lane &lane);
    void sent(Lane &lane, int n);
    bool handle_error(Lane &lane, int error);
    void drop_first(Lane &lane, Drop reason);
    void drop(Lane &lane, Packet *packet, Drop reason);
    void wait_for_device(Lane &lane, bool by_timer);
    void resume(Lane &lane);
    static bool resume_callback(Task *, void *lane);

    template <typename F>
    uint64_t sum(F &&value) const;
    String drops_text() const;
    String method_text() const;
    static String read_handler(Element *element, void *user_data);
    static int reset_handler(const String &, Element *element, void *, ErrorHandler *);

    String _device;
    bool _xdp = false;
    FrameSender::Options _options;
    String _method_reason;
    unsigned _queue_limit = 1024;
    bool _pull = false;
    Task _task;
    NotifierSignal _signal;
    std::vector<std::unique_ptr<Lane>> _lanes;
};

#endif
