// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_CHECKIP6MTU_HH
#define CLICK_CHECKIP6MTU_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>

// =Element CheckIP6MTU(MTU)
// =Summary sorts out IPv6 packets that are too long for the next link
// =Ports 1 / 1-2, push or pull; packets that are too long leave by output 1 (for ICMP6Error)
// =Arguments
//   MTU  Integer  bytes that the link carries, IPv6 header included; at least 1280
// =Handlers
//   drops  r  packets that were too long
// =Source RFC 8200 sections 4.5 and 5 (routers do not fragment)
//
// A packet with unfinished segmentation is as long as the segments that the device will cut it into.
class CheckIP6MTU : public SimpleBatchElement<CheckIP6MTU> {
  public:
    const char *class_name() const override { return "CheckIP6MTU"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    bool segments_fit(const Packet *packet) const;

    unsigned _mtu = 0;
    ThreadCounter _drops;
};

#endif
