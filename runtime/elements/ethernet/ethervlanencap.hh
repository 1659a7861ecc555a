// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ETHERVLANENCAP_HH
#define CLICK_ETHERVLANENCAP_HH
#include <click/batchelement.hh>
#include <clicknet/ether.h>
#include "vlantag.hh"

// =Element EtherVLANEncap(ETHERTYPE, SRC, DST, VLAN_TCI [, VLAN_PCP, KEYWORDS])
// =Summary puts an Ethernet header with a VLAN tag in front of packets
// =Ports 1 / 1, push or pull
// =Arguments
//   ETHERTYPE    Integer       protocol number, host order
//   SRC          EtherAddress  source address
//   DST          EtherAddress  destination address
//   VLAN_TCI     Integer  tag control information, or ANNO: take it from the VLAN_TCI annotation; ANNO
//   VLAN_PCP     Integer  priority, 0 to 7; as in VLAN_TCI
//   VLAN_ID      Integer  VLAN number, instead of VLAN_TCI
//   NATIVE_VLAN  Integer  this VLAN's frames get no tag, negative for none; 0
// =Handlers
//   src, dst, ethertype, vlan_tci, vlan_id, vlan_pcp, native_vlan  rw  the arguments
// =Source IEEE 802.1Q
class EtherVLANEncap : public SimpleBatchElement<EtherVLANEncap> {
  public:
    const char *class_name() const override { return "EtherVLANEncap"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    click_ether_vlan _header{};
    VlanTag _tag;
    int _native = 0;
};

#endif
