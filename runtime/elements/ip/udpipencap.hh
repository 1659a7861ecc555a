// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_UDPIPENCAP_HH
#define CLICK_UDPIPENCAP_HH
#include <click/batchelement.hh>
#include <click/ipaddress.hh>

// =Element UDPIPEncap(SRC, SPORT, DST, DPORT [, CHECKSUM])
// =Summary puts UDP and IP headers in front of packets
// =Ports 1 / 1, push or pull
// =Arguments
//   SRC       IPAddress          source address
//   SPORT     Port               source port
//   DST       IPAddress or Word  destination address, or DST_ANNO: the destination IP annotation
//   DPORT     Port               destination port
//   CHECKSUM  Boolean            compute the UDP checksum; true
// =Handlers
//   src, dst, sport, dport  rw  the headers' fields
// =Source RFC 768, RFC 791
class UDPIPEncap : public SimpleBatchElement<UDPIPEncap> {
  public:
    const char *class_name() const override { return "UDPIPEncap"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    IPAddress _source, _destination;
    uint16_t _source_port = 0, _destination_port = 0;
    bool _by_annotation = false;
    bool _checksum = true;
    uint16_t _id = 0;
};

#endif
