// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_STRIPIPHEADER_HH
#define CLICK_STRIPIPHEADER_HH
#include <click/batchelement.hh>

// =Element StripIPHeader()
// =Summary takes everything up to the end of the IP header off
// =Ports 1 / 1, push or pull
// =Arguments none
// =Handlers none
// =Source RFC 791
class StripIPHeader : public SimpleBatchElement<StripIPHeader> {
  public:
    const char *class_name() const override { return "StripIPHeader"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    Packet *simple_action(Packet *packet) override
    {
        int before = packet->network_header_offset() + packet->network_header_length();
        packet->pull(before < 0 ? 0 : before);
        return packet;
    }
};

#endif
