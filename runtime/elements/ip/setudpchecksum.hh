// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_SETUDPCHECKSUM_HH
#define CLICK_SETUDPCHECKSUM_HH
#include <click/batchelement.hh>

// =Element SetUDPChecksum()
// =Summary computes the UDP checksum anew
// =Ports 1 / 1-2, push or pull; packets that have none leave by output 1
// =Arguments none
// =Handlers none
// =Source RFC 768. A checksum left to the device gets its pseudo header sum
class SetUDPChecksum : public SimpleBatchElement<SetUDPChecksum> {
  public:
    const char *class_name() const override { return "SetUDPChecksum"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    Packet *simple_action(Packet *packet) override;
};

#endif
