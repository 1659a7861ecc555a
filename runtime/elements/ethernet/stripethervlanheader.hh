// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_STRIPETHERVLANHEADER_HH
#define CLICK_STRIPETHERVLANHEADER_HH
#include <click/batchelement.hh>

// =Element StripEtherVLANHeader([NATIVE_VLAN])
// =Summary removes the Ethernet header, with its VLAN tag if there is one
// =Ports 1 / 1-2, push or pull; frames without a tag leave by output 1, unstripped, if NATIVE_VLAN is negative
// =Arguments
//   NATIVE_VLAN  Integer  what the VLAN_TCI annotation of frames without a tag becomes; negative refuses such frames; 0
// =Handlers
//   native_vlan  rw  as NATIVE_VLAN
// =Source IEEE 802.1Q. The VLAN_TCI annotation becomes the frame's tag; frames too short for their header are refused too
class StripEtherVLANHeader : public SimpleBatchElement<StripEtherVLANHeader> {
  public:
    const char *class_name() const override { return "StripEtherVLANHeader"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    int _native = 0;
};

#endif
