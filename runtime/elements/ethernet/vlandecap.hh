// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_VLANDECAP_HH
#define CLICK_VLANDECAP_HH
#include <click/batchelement.hh>

// =Element VLANDecap([KEYWORDS])
// =Summary takes the VLAN tag out of Ethernet frames
// =Ports 1 / 1, push or pull; untagged frames pass unchanged
// =Arguments
//   ANNO       Boolean  keep the tag in the VLAN_TCI annotation (0 for an untagged frame); true
//   ETHERTYPE  Integer  tag protocol; 0x8100
// =Handlers none
// =Source IEEE 802.1Q, 802.1ad
class VLANDecap : public SimpleBatchElement<VLANDecap> {
  public:
    const char *class_name() const override { return "VLANDecap"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    Packet *simple_action(Packet *packet) override;

  private:
    bool _annotate = true;
    uint16_t _ethertype = 0x8100;
};

#endif
