// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_SETIPECN_HH
#define CLICK_SETIPECN_HH
#include <click/batchelement.hh>
#include "typeofservice.hh"

// =Element SetIPECN(ECN)
// =Summary sets the explicit congestion notification field of IP packets
// =Ports 1 / 1, push or pull
// =Arguments
//   ECN  Integer or word  0 to 3, or `no`, `ect1`, `ect2`, `ce` as in IP summary dumps
// =Handlers
//   ecn  rw  as ECN
// =Source RFC 3168
class SetIPECN : public SimpleBatchElement<SetIPECN> {
  public:
    const char *class_name() const override { return "SetIPECN"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override { return replace_tos_bits(packet, IP_ECNMASK, _ecn); }

  private:
    uint8_t _ecn = 0;
};

#endif
