// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPENCAP_HH
#define CLICK_IPENCAP_HH
#include <click/batchelement.hh>
#include <click/ipaddress.hh>

// =Element IPEncap(PROTO, SRC, DST [, KEYWORDS])
// =Summary puts an IP header in front of packets
// =Ports 1 / 1, push or pull
// =Arguments
//   PROTO  Protocol           protocol field, a number or a name
//   SRC    IPAddress          source address
//   DST    IPAddress or Word  destination address, or DST_ANNO: the destination IP annotation
//   TOS    Integer            type of service; 0
//   DSCP   Integer            differentiated services code point; 0
//   TTL    Integer            time to live; 250
//   DF     Boolean            set the don't-fragment flag; false
// =Handlers
//   src, dst  rw  addresses
// =Source RFC 791
class IPEncap : public SimpleBatchElement<IPEncap> {
  public:
    const char *class_name() const override { return "IPEncap"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    IPAddress _source, _destination;
    bool _by_annotation = false;
    uint8_t _protocol = 0, _tos = 0, _ttl = 250;
    bool _dont_fragment = false;
    uint16_t _id = 0;
};

#endif
