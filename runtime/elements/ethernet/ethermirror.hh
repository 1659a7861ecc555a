// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ETHERMIRROR_HH
#define CLICK_ETHERMIRROR_HH
#include <click/batchelement.hh>
#include <algorithm>

// =Element EtherMirror()
// =Summary swaps source and destination of Ethernet frames
// =Ports 1 / 1, push or pull
// =Arguments none
// =Handlers none
// =Source IEEE 802.3
class EtherMirror : public SimpleBatchElement<EtherMirror> {
  public:
    const char *class_name() const override { return "EtherMirror"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    Packet *simple_action(Packet *packet) override
    {
        WritablePacket *frame = packet->uniqueify();
        if (frame && frame->length() >= 12)
            std::swap_ranges(frame->data(), frame->data() + 6, frame->data() + 6);
        return frame;
    }
};

#endif
