// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ICMPPINGRESPONDER_HH
#define CLICK_ICMPPINGRESPONDER_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>

// =Element ICMPPingResponder()
// =Summary turns ICMP echo requests into their replies
// =Ports 1 / 1-2, push or pull; other packets leave by output 1
// =Arguments none
// =Handlers
//   replies  r  requests answered
// =Source RFC 792; RFC 1122 section 3.2.2.6. The destination IP annotation becomes the asker's address
class ICMPPingResponder : public SimpleBatchElement<ICMPPingResponder> {
  public:
    const char *class_name() const override { return "ICMPPingResponder"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    void add_handlers() override { add_counter_handler(this, "replies", &_replies); }
    Packet *simple_action(Packet *packet) override;

  private:
    ThreadCounter _replies;
};

#endif
