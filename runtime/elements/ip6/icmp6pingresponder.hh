// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ICMP6PINGRESPONDER_HH
#define CLICK_ICMP6PINGRESPONDER_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>

// =Element ICMP6PingResponder
// =Summary answers ICMPv6 echo requests
// =Ports 1 / 1-2, push or pull. Input: IPv6 packets with their network header set; output 0: the answers, destination annotation set;
//   output 1: everything else (dropped when it is not connected)
// =Handlers
//   replies  r  requests answered
//   drops    r  packets not answered
// =Source RFC 4443 sections 4.1 and 4.2
//
// Requests to many, and those from no single host, are not answered.
class ICMP6PingResponder : public SimpleBatchElement<ICMP6PingResponder> {
  public:
    const char *class_name() const override { return "ICMP6PingResponder"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    ThreadCounter _replies, _drops;
};

#endif
