// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_SETTCPCHECKSUM_HH
#define CLICK_SETTCPCHECKSUM_HH
#include <click/batchelement.hh>

// =Element SetTCPChecksum([FIXOFF])
// =Summary computes the TCP checksum anew
// =Ports 1 / 1-2, push or pull; packets that have none leave by output 1
// =Arguments
//   FIXOFF  Boolean  repair a data offset that points outside the packet; false
// =Handlers none
// =Source RFC 9293 section 3.1. A checksum left to the device gets its pseudo header sum
class SetTCPChecksum : public SimpleBatchElement<SetTCPChecksum> {
  public:
    const char *class_name() const override { return "SetTCPChecksum"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    Packet *simple_action(Packet *packet) override;

  private:
    bool _fix_offset = false;
};

#endif
