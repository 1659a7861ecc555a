// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_DROPBROADCASTS_HH
#define CLICK_DROPBROADCASTS_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>

// =Element DropBroadcasts()
// =Summary drops packets that arrived as link-level broadcast or multicast
// =Ports 1 / 1-2, push or pull; dropped packets leave by output 1
// =Arguments none
// =Handlers
//   drops  r  packets dropped
// =Source RFC 1812 section 5.3.4: a router does not forward link-level broadcasts. Reads the packet type annotation.
class DropBroadcasts : public SimpleBatchElement<DropBroadcasts> {
  public:
    const char *class_name() const override { return "DropBroadcasts"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    void add_handlers() override { add_counter_handler(this, "drops", &_drops); }
    Packet *simple_action(Packet *packet) override
    {
        int type = packet->packet_type_anno();
        if (type != Packet::BROADCAST && type != Packet::MULTICAST)
            return packet;
        ++_drops;
        checked_output_push(1, packet);
        return nullptr;
    }

  private:
    ThreadCounter _drops;
};

#endif
