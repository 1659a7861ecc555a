// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPINPUTCOMBO_HH
#define CLICK_IPINPUTCOMBO_HH
#include "checkipheader.hh"

// =Element IPInputCombo(COLOR [, BADSRC, KEYWORDS])
// =Summary the first steps of an IP router with Ethernet frames: Paint, Strip(14), CheckIPHeader and GetIPAddress(16) in one
// =Ports 1 / 1-2, push or pull; frames without a sound IP header leave by output 1
// =Arguments
//   COLOR   Integer  the paint annotation, 0 to 255
//   BADSRC  IP list  source addresses to refuse; none
//   The other keywords of CheckIPHeader: CHECKSUM, GOODDST, INTERFACES, VERBOSE
// =Handlers as CheckIPHeader's: count, drops, drop_details
// =Source RFC 1812 section 5.2. The Ethernet type is not looked at: put a Classifier in front
class IPInputCombo : public CheckIPHeader {
  public:
    const char *class_name() const override { return "IPInputCombo"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void push(int port, Packet *packet) override;
    Packet *pull(int port) override;
    Packet *simple_action(Packet *packet) override;
    PacketBatch *simple_action_batch(PacketBatch *batch) override;

  private:
    uint8_t _color = 0;
};

#endif
