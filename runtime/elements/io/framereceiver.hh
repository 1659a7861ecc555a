// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FRAMERECEIVER_HH
#define MIMI_FRAMERECEIVER_HH
#include <click/config.h>
#include <click/packetbatch.hh>
#include <click/string.hh>
#include <click/threadcounter.hh>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>
#include "virtioheader.hh"

struct msghdr;

// One way to receive the frames of a network device, for use by one thread.
class FrameReceiver {
  public:
    struct Options {
        bool promiscuous = false;
        bool outgoing = false;  // also hear what this host sends
        unsigned burst = 32;
        unsigned headroom = 66;
        unsigned ring_frames = 4096;
        int buffer_bytes = 16 << 20;
        // The socket shares the device's frames, by flow, with the others of the same group; 0 none.
        int fanout_members = 0;
        int fanout_group = -1;  // -1: the kernel chooses one, fanout_group() tells which
    };
    enum Drop { drop_memory, drop_truncated, drop_offload, drop_outgoing, ndrops };
    static const char *const drop_names[ndrops];
    static constexpr unsigned small_bytes = 1600;         // an ordinary frame with its tags
    static constexpr unsigned large_bytes = 65536 + 256;  // 64 KB of IP and its link headers

    virtual ~FrameReceiver() = default;

    // Returns the reason for a failure, empty on success.
    virtual String open(const String &device, const Options &options) = 0;
    virtual int fd() const = 0;
    // What is there, up to a burst; null when there is nothing. `more`: it pays to come again at once.
    virtual PacketBatch *receive(bool &more) = 0;
    // Whether frames wait, where that can be told without a system call.
    virtual bool has_news() const { return false; }
    virtual uint64_t kernel_drops() const = 0;
    virtual bool vnet_header() const = 0;
    virtual int fanout_group() const { return -1; }
    virtual const char *method() const = 0;
    // `NAME VALUE` lines about this method's sizes.
    virtual String details() const { return String(); }

    RelaxedCounter frames, bytes, gso;
    std::array<RelaxedCounter, ndrops> drops;

    static std::unique_ptr<FrameReceiver> make_packet();
    static std::unique_ptr<FrameReceiver> make_ring();
    // One for each receive queue of the device.
    static String make_xdp(const String &device, std::vector<std::unique_ptr<FrameReceiver>> &made);

  protected:
    // Puts back an outermost VLAN tag that the kernel has taken out of the frame. Null: no memory, the packet is gone.
    WritablePacket *restore_tag(WritablePacket *packet, uint16_t type, uint16_t tci);
    // The same, if the message's control data tell of one.
    WritablePacket *restore_tag(const msghdr &message, WritablePacket *packet);
    // Notes what the sender left unfinished; `frame_start` is the frame's place in the packet's buffer.
    void describe(const VirtioHeader &vnet, WritablePacket *packet, uint32_t frame_start);
    // The last steps for every packet.
    void finish(WritablePacket *packet, unsigned packet_type);
    void drop(Drop reason) { drops[reason].add(1); }
};

#endif
