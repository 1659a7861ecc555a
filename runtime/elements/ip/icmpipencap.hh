// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ICMPIPENCAP_HH
#define CLICK_ICMPIPENCAP_HH
#include <click/batchelement.hh>
#include <click/ipaddress.hh>

// =Element ICMPIPEncap(SRC, DST, TYPE [, CODE, KEYWORDS])
// =Summary puts ICMP and IP headers in front of packets
// =Ports 1 / 1, push or pull
// =Arguments
//   SRC         IPAddress        source address
//   DST         IPAddress        destination address, or DST_ANNO: the destination IP annotation
//   TYPE        Integer or name  ICMP type: 8, `echo`, ...
//   CODE        Integer or name  ICMP code; 0
//   IDENTIFIER  Integer          identifier of types that have one; 0
// =Handlers
//   src, dst  rw  the addresses
// =Source RFC 792. Types that have sequence numbers count them, from 1, one a packet
class ICMPIPEncap : public SimpleBatchElement<ICMPIPEncap> {
  public:
    const char *class_name() const override { return "ICMPIPEncap"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    bool can_live_reconfigure() const override { return true; }
    Packet *simple_action(Packet *packet) override;

  protected:
    int set_destination(const String &text, ErrorHandler *errh);

    IPAddress _source, _destination;
    bool _by_annotation = false;
    uint8_t _type = 0, _code = 0;
    uint16_t _identifier = 0;

  private:
    uint16_t _ip_id = 0, _sequence = 0;
};

#endif
