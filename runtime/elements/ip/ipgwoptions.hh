// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPGWOPTIONS_HH
#define CLICK_IPGWOPTIONS_HH
#include <click/batchelement.hh>
#include "routeroptions.hh"

// =Element IPGWOptions(MYADDR [, OTHERADDRS])
// =Summary handles the IP options that a router must: record route and timestamp
// =Ports 1 / 1-2, push or pull. Packets with a bad option leave by output 1, with the parameter-problem annotation set for
//   ICMPError
// =Arguments
//   MYADDR      IPAddress  the address to record
//   OTHERADDRS  IP list    the router's other addresses; none
// =Handlers
//   drops  r  packets with a bad option
// =Source RFC 791 section 3.1; RFC 1812 sections 4.2.2.1 and 5.3.13. Source routes pass unread
class IPGWOptions : public SimpleBatchElement<IPGWOptions> {
  public:
    const char *class_name() const override { return "IPGWOptions"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override { add_data_handlers("drops", Handler::OP_READ, &_drops); }
    Packet *simple_action(Packet *packet) override;

  private:
    RouterOptions _options;
    uint64_t _drops = 0;
};

#endif
