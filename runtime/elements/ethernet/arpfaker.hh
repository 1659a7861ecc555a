// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ARPFAKER_HH
#define CLICK_ARPFAKER_HH
#include <click/element.hh>
#include <click/etheraddress.hh>
#include <click/ipaddress.hh>
#include <click/timer.hh>

// =Element ARPFaker(DST_IP, DST_ETHER, SRC_IP, SRC_ETHER)
// =Summary sends an ARP reply every 10 seconds
// =Ports none / 1, push
// =Arguments
//   DST_IP, DST_ETHER  who is told
//   SRC_IP, SRC_ETHER  what is claimed: SRC_IP is at SRC_ETHER
// =Handlers none
// =Source RFC 826
class ARPFaker : public Element {
  public:
    ARPFaker() : _timer(this) {}

    const char *class_name() const override { return "ARPFaker"; }
    const char *port_count() const override { return PORTS_0_1; }
    const char *processing() const override { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void run_timer(Timer *timer) override;

  private:
    static constexpr unsigned interval_s = 10;

    IPAddress _destination_ip, _source_ip;
    EtherAddress _destination_ether, _source_ether;
    Timer _timer;
};

#endif
