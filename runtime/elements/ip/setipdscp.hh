// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_SETIPDSCP_HH
#define CLICK_SETIPDSCP_HH
#include <click/batchelement.hh>
#include "typeofservice.hh"

// =Element SetIPDSCP(DSCP)
// =Summary sets the differentiated services code point of IP packets
// =Ports 1 / 1, push or pull
// =Arguments
//   DSCP  Integer  0 to 63
// =Handlers
//   dscp  rw  as DSCP
// =Source RFC 2474
class SetIPDSCP : public SimpleBatchElement<SetIPDSCP> {
  public:
    const char *class_name() const override { return "SetIPDSCP"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override { return replace_tos_bits(packet, 0xFC, _bits); }

  private:
    uint8_t _bits = 0;
};

#endif
