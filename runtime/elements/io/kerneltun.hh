// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_KERNELTUN_HH
#define CLICK_KERNELTUN_HH
#include <click/batchelement.hh>
#include <click/notifier.hh>
#include <click/task.hh>
#include <click/threadcounter.hh>
#include "tundevice.hh"

// =Element KernelTun(ADDR/MASK [, GATEWAY, KEYWORDS])
// =Summary a device of this host whose IP packets come to the router, and to which the router sends
// =Ports 0-1 / 1-2, push or pull input, push outputs. Output 0 has what the host sends through the device; output 1, if there, what is no
//   sound IP packet. What comes in the host receives
// =Arguments
//   ADDR/MASK  Prefix     the host's own address on the device, and its network; 0.0.0.0/0: none
//   GATEWAY    IPAddress  the host gets a default route through it, an address of that network; none
//   DEVNAME    String     the device's name (`DEV_NAME` is the same), or one with `%d` for a number; the system's choice
//   MTU        Integer    longest IP packet, bytes; 1500. What comes in longer is dropped, but for unfinished segmentation
//   HEADROOM   Integer    room in front of a packet, at most 8192
//   BURST      Integer    packets of a batch, 1 to 1024; 32
//   ETHER      Ethernet   the device's own address, with TAP; the system's choice
//   TAP        Boolean    Ethernet frames instead of IP packets, as KernelTap; false
//   IGNORE_QUEUE_OVERFLOWS Boolean  say only once that the host has no room for more; false
// =Handlers
//   dev_name        r  the device's name
//   packets         r  packets that came from the host
//   sent            r  packets given to the host
//   drops           r  packets dropped
//   drop_details    r  the same by reason, `NAME VALUE` lines
//   selected_calls  r  how often the device had something to read
//   scheduled, tickets, home_thread  of its task, with a pull input
// =Source the kernel's Documentation/networking/tuntap.rst
//
// ADDR is the host's: what is sent to it the host answers. Packets for the other addresses of the network come here. A packet from the
// host has its checksum and length complete. Incoming packets may leave both unfinished, as they come from FromDevice.
//
// A hot swap keeps the device, with its routes and connections, if the element of the same name asks for the same one: name, kind,
// addresses and MTU.
class KernelTun : public BatchElement {
  public:
    KernelTun() : _task(this) {}

    const char *class_name() const override { return "KernelTun"; }
    const char *port_count() const override { return "0-1/1-2"; }
    const char *processing() const override { return "a/h"; }
    const char *flow_code() const override { return "x/y"; }
    void *cast(const char *name) override;
    // Whoever opens the device by its name comes later.
    int configure_phase() const override { return CONFIGURE_PHASE_PRIVILEGED - 1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void take_state(Element *old_element, ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;
    void add_handlers() override;
    void selected(int fd, int mask) override;
    bool run_task(Task *task) override;
    void push(int port, Packet *packet) override;
    void push_batch(int port, PacketBatch *batch) override;

  protected:
    bool _tap = false;

  private:
    enum Drop { not_ip, too_short, too_long, truncated, no_room, refused, no_memory, ndrops };
    static const char *const drop_names[ndrops];

    int check(ErrorHandler *errh) const;
    int open_device(ErrorHandler *errh);
    bool has_device_of(const KernelTun *old) const;
    bool follows(const KernelTun *old) const;
    void read_failed(int error);
    bool sound(WritablePacket *packet, const TunDevice::Arrival &arrival);
    // Whether the packet is of a kind that the device carries; `protocol` is what it is called there.
    bool fit(Packet *packet, uint16_t &protocol);
    void write_failed(int error);
    bool drop(Drop reason, const char *words);
    static String read_handler(Element *element, void *user_data);

    TunDevice _device;
    TunDevice::Options _options;
    unsigned _headroom = 0, _burst = 32;
    bool _quiet = false, _told_no_room = false;
    Task _task;
    NotifierSignal _signal;
    uint64_t _selected_calls = 0;
    ThreadCounter _received, _sent;
    ThreadCounter _drops[ndrops];
};

#endif
