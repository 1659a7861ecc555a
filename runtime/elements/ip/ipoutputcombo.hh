// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPOUTPUTCOMBO_HH
#define CLICK_IPOUTPUTCOMBO_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>
#include "routeroptions.hh"

// =Element IPOutputCombo(COLOR, IPADDR, MTU)
// =Summary the last steps of an IP router in front of a link: DropBroadcasts, PaintTee, IPGWOptions, FixIPSrc, DecIPTTL and CheckLength
//   in one
// =Ports 1 / 5, push: 0 what may go out, 1 copies of packets of the color (they go back where they came from: a redirect is
//   due), 2 bad options, 3 time to live is up, 4 longer than the MTU
// =Arguments
//   COLOR   Integer    paint of the packets that came in by this link, 0 to 255
//   IPADDR  IPAddress  the router's address on this link
//   MTU     Integer    longest IP packet of the link, bytes
// =Handlers
//   drops  r  link-level broadcasts and packets without an IP header, dropped
// =Source RFC 1812 section 5.2.1; each element's own page. An IPFragmenter belongs behind output 4
class IPOutputCombo : public BatchElement {
  public:
    const char *class_name() const override { return "IPOutputCombo"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return "1/5"; }
    const char *processing() const override { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override { add_counter_handler(this, "drops", &_drops); }
    void push(int port, Packet *packet) override;
    void push_batch(int port, PacketBatch *batch) override;

  private:
    enum Output { to_link, to_redirect, bad_options, time_is_up, too_long, noutputs_here };

    // Where the packet leaves; it is null when it is gone.
    Output treat(Packet *&packet);

    uint8_t _color = 0;
    IPAddress _address;
    uint32_t _mtu = 0;
    RouterOptions _options;
    ThreadCounter _drops;
};

#endif
