// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPFRAGMENTER_HH
#define CLICK_IPFRAGMENTER_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>
#include "finishchecksum.hh"
#include "segments.hh"

// =Element IPFragmenter(MTU [, KEYWORDS])
// =Summary cuts IP packets into fragments that fit a link
// =Ports 1 / 1-2, push. Packets too long that must not be cut leave by output 1
// =Arguments
//   MTU       Integer  longest IP packet of the link, bytes; at least 28
//   HONOR_DF  Boolean  heed the don't-fragment flag; true
//   VERBOSE   Boolean  print a message for each packet dropped; false
// =Handlers
//   fragments  r  fragments made
//   drops      r  packets that must not be cut
// =Source RFC 791 section 3.2
//
// A packet that the device cuts into segments passes whole when they fit: what was merged on the way may have come over a wider link.
// When they do not, they are made shorter, TCP's of a packet that may be cut; others are too long, and must not be cut.
class IPFragmenter : public BatchElement {
  public:
    const char *class_name() const override { return "IPFragmenter"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    void push(int port, Packet *packet) override;
    void push_batch(int port, PacketBatch *batch) override;

  private:
    bool fits(const Packet *packet) const { return packet->network_length() <= static_cast<int>(_mtu) || (is_gso(packet) && segments_fit(packet)); }
    bool segments_fit(const Packet *packet) const;
    bool shorten_segments(Packet *packet) const;
    void cut(Packet *packet);
    Packet *fragment(const Packet *packet, unsigned header_length, uint16_t id, unsigned offset, unsigned length, bool more);

    unsigned _mtu = 0;
    bool _honor_df = true;
    bool _verbose = false;
    ThreadCounter _fragments;
    ThreadCounter _drops;
};

#endif
