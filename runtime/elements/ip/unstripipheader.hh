// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_UNSTRIPIPHEADER_HH
#define CLICK_UNSTRIPIPHEADER_HH
#include <click/batchelement.hh>

// =Element UnstripIPHeader()
// =Summary puts back what StripIPHeader took off, from the IP header on
// =Ports 1 / 1, push or pull
// =Arguments none
// =Handlers none
// =Source RFC 791
class UnstripIPHeader : public SimpleBatchElement<UnstripIPHeader> {
  public:
    const char *class_name() const override { return "UnstripIPHeader"; }
    const char *port_count() const override { return PORTS_1_1; }
    Packet *simple_action(Packet *packet) override
    {
        int offset = packet->has_network_header() ? packet->network_header_offset() : 0;
        return offset < 0 ? packet->push(static_cast<uint32_t>(-offset)) : packet;
    }
};

#endif
