// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ETHERENCAP_HH
#define CLICK_ETHERENCAP_HH
#include <click/batchelement.hh>
#include <clicknet/ether.h>

// =Element EtherEncap(ETHERTYPE, SRC, DST)
// =Summary puts an Ethernet header in front of packets
// =Ports 1 / 1, push or pull
// =Arguments
//   ETHERTYPE  Integer       protocol number, host order
//   SRC        EtherAddress  source address
//   DST        EtherAddress  destination address
// =Handlers
//   src, dst, ethertype  rw  the header's fields
// =Source IEEE 802.3
class EtherEncap : public SimpleBatchElement<EtherEncap> {
  public:
    const char *class_name() const override { return "EtherEncap"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    click_ether _header{};
};

#endif
