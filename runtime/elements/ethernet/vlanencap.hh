// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_VLANENCAP_HH
#define CLICK_VLANENCAP_HH
#include <click/batchelement.hh>
#include "vlantag.hh"

// =Element VLANEncap(VLAN_TCI [, VLAN_PCP] | ANNO)
// =Summary puts a VLAN tag into Ethernet frames
// =Ports 1 / 1, push or pull
// =Arguments
//   VLAN_TCI     Integer  tag control information, or ANNO: take it from the VLAN_TCI annotation; ANNO
//   VLAN_PCP     Integer  priority, 0 to 7; as in VLAN_TCI
//   VLAN_ID      Integer  VLAN number, instead of VLAN_TCI
//   NATIVE_VLAN  Integer  this VLAN's frames stay untagged, negative for none; 0
//   ETHERTYPE    Integer  tag protocol; 0x8100
// =Handlers
//   vlan_tci  r  the tag
// =Source IEEE 802.1Q
class VLANEncap : public SimpleBatchElement<VLANEncap> {
  public:
    const char *class_name() const override { return "VLANEncap"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override { add_data_handlers("vlan_tci", Handler::OP_READ, &_tci); }
    Packet *simple_action(Packet *packet) override;

  private:
    VlanTag _tag;
    uint16_t _tci = 0;  // shown by the handler
    uint16_t _ethertype = 0x8100;
    int _native = 0;
};

#endif
