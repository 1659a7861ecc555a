// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_PACKETSOCKET_HH
#define MIMI_PACKETSOCKET_HH
#include <click/config.h>
#include <click/string.hh>
#include <cstdint>
#include "framereceiver.hh"
#include "framesender.hh"

// An AF_PACKET socket bound to one network device, closed with its owner.
//
// With virtio headers (vnet_header()) a frame travels together with its unfinished work: a checksum still to be
// computed, a segmentation still to be done. That is what lets 64 KB frames pass between devices uncut.
class PacketSocket {
  public:
    PacketSocket() = default;
    ~PacketSocket() { close(); }
    PacketSocket(const PacketSocket &) = delete;
    PacketSocket &operator=(const PacketSocket &) = delete;

    // Each returns the reason for a failure in words, empty when the socket is open.
    String open_for_receive(const String &device, const FrameReceiver::Options &options);
    // The same with a ring of frames (TPACKET_V2) in memory shared with the kernel; what exceeds `frame_bytes` is cut there,
    // and can be had whole by recvmsg().
    String open_ring(const String &device, const FrameReceiver::Options &options, unsigned frame_bytes);
    // One that hears nothing: it tells of the device, and keeps it promiscuous if so wished, for as long as it is open.
    String open_deaf(const String &device, bool promiscuous);
    String open_for_send(const String &device, const FrameSender::Options &options);
    void close();

    int fd() const { return _fd; }
    bool vnet_header() const { return _vnet_header; }
    int ifindex() const { return _ifindex; }
    const unsigned char *address() const { return _address; }  // the device's, when the socket was opened
    int fanout_group() const { return _fanout_group; }
    unsigned char *ring() const { return _ring; }
    size_t ring_bytes() const { return _ring_bytes; }

    // Takes note of an error on the socket, such as a link that went down: until then the descriptor is ready all the time.
    void clear_error();

    // Frames the kernel could not queue for us since open().
    uint64_t kernel_drops() const;

  private:
    String open_socket(const String &device);
    String start_receiving(const FrameReceiver::Options &options);
    String map_ring(unsigned frames, unsigned frame_bytes);
    String bind_to(int protocol);
    String set_promiscuous();
    String join_fanout(const FrameReceiver::Options &options);

    int _fd = -1;
    int _ifindex = 0;
    unsigned char _address[6] = {};
    bool _vnet_header = false;
    int _fanout_group = -1;
    unsigned char *_ring = nullptr;
    size_t _ring_bytes = 0;
    mutable uint64_t _kernel_drops = 0;
};

#endif
