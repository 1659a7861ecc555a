// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FRAMESENDER_HH
#define MIMI_FRAMESENDER_HH
#include <click/config.h>
#include <click/packet.hh>
#include <click/string.hh>
#include <memory>
#include "virtioheader.hh"

// One way to send frames out of a network device, for use by one thread.
class FrameSender {
  public:
    struct Options {
        bool bypass_qdisc = false;
        unsigned burst = 32;
        int buffer_bytes = 16 << 20;
    };

    virtual ~FrameSender() = default;

    // Returns the reason for a failure, empty on success.
    virtual String open(const String &device, const Options &options) = 0;
    virtual int fd() const = 0;
    // Sends the first of the packets, at most a burst. Returns how many went, or minus an errno when not even the first did. The packets
    // remain the caller's.
    virtual int send(Packet *const *packets, unsigned n) = 0;
    // Whether unfinished work goes out with a frame. If not, checksums must be finished.
    virtual bool vnet_header() const = 0;
    virtual const char *method() const = 0;
    virtual String details() const { return String(); }

    static std::unique_ptr<FrameSender> make_packet();
    // Each queue of a device has room for one.
    static std::unique_ptr<FrameSender> make_xdp(unsigned queue);

    // What is left to be done on the packet, for the kernel.
    static void describe(const Packet *packet, VirtioHeader &header);
};

#endif
