// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_STRIPTONETWORKHEADER_HH
#define CLICK_STRIPTONETWORKHEADER_HH
#include <click/batchelement.hh>

// =Element StripToNetworkHeader()
// =Summary takes off what lies before the network header, or puts back what was taken off up to there
// =Ports 1 / 1, push or pull; packets without network header are left alone
// =Arguments none
// =Handlers none
// =Source none
class StripToNetworkHeader : public SimpleBatchElement<StripToNetworkHeader> {
  public:
    const char *class_name() const override { return "StripToNetworkHeader"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    Packet *simple_action(Packet *packet) override
    {
        if (packet->has_network_header()) {
            int offset = packet->network_header_offset();
            if (offset >= 0)
                packet->pull(offset);
            else
                packet = packet->nonunique_push(-offset);
        }
        return packet;
    }
};

#endif
