// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_SETIPCHECKSUM_HH
#define CLICK_SETIPCHECKSUM_HH
#include <click/batchelement.hh>

// =Element SetIPChecksum()
// =Summary computes the IP header checksum anew
// =Ports 1 / 1, push or pull
// =Arguments none
// =Handlers none
// =Source RFC 791
class SetIPChecksum : public SimpleBatchElement<SetIPChecksum> {
  public:
    const char *class_name() const override { return "SetIPChecksum"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    Packet *simple_action(Packet *packet) override;
};

#endif
