// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_PACKETSOCKET_HH
#define MIMI_PACKETSOCKET_HH
#include <click/config.h>
#include <click/string.hh>
#include <cstdint>

// An AF_PACKET socket bound to one network device, closed with its owner.
//
// With virtio headers (vnet_header()) a frame travels together with its unfinished work: a checksum still to be
// computed, a segmentation still to be done. That is what lets 64 KB frames pass between devices uncut.
class PacketSocket {
  public:
    struct ReceiveOptions {
        bool promiscuous = false;
        bool outgoing = false;  // also hear what this host sends
        int buffer_bytes = 16 << 20;
    };
    struct SendOptions {
        bool bypass_qdisc = false;
        int buffer_bytes = 16 << 20;
    };

    PacketSocket() = default;
    ~PacketSocket() { close(); }
    PacketSocket(const PacketSocket &) = delete;
    PacketSocket &operator=(const PacketSocket &) = delete;

    // Each returns the reason for a failure in words, empty when the socket is open.
    String open_for_receive(const String &device, const ReceiveOptions &options);
    String open_for_send(const String &device, const SendOptions &options);
    void close();

    int fd() const { return _fd; }
    bool vnet_header() const { return _vnet_header; }
    int ifindex() const { return _ifindex; }

    // Frames the kernel could not queue for us since open().
    uint64_t kernel_drops() const;

  private:
    String open_socket(const String &device);
    String bind_to(int protocol);
    String set_promiscuous();

    int _fd = -1;
    int _ifindex = 0;
    bool _vnet_header = false;
    mutable uint64_t _kernel_drops = 0;
};

#endif
