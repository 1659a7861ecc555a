// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_SETVLANANNO_HH
#define CLICK_SETVLANANNO_HH
#include <click/batchelement.hh>
#include "vlantag.hh"

// =Element SetVLANAnno(VLAN_TCI [, VLAN_PCP])
// =Summary sets the VLAN_TCI annotation of packets
// =Ports 1 / 1, push or pull
// =Arguments
//   VLAN_TCI  Integer  tag control information
//   VLAN_PCP  Integer  priority, 0 to 7; as in VLAN_TCI
//   VLAN_ID   Integer  VLAN number, instead of VLAN_TCI
// =Handlers
//   vlan_tci, vlan_id, vlan_pcp  rw  the arguments
// =Source IEEE 802.1Q
class SetVLANAnno : public SimpleBatchElement<SetVLANAnno> {
  public:
    const char *class_name() const override { return "SetVLANAnno"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override { VlanTag::add_handlers(this, "0 VLAN_TCI", "1 VLAN_PCP"); }
    Packet *simple_action(Packet *packet) override
    {
        SET_VLAN_TCI_ANNO(packet, _tci);
        return packet;
    }

  private:
    uint16_t _tci = 0;  // network order
};

#endif
