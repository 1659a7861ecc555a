// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ETHERREWRITE_HH
#define CLICK_ETHERREWRITE_HH
#include <click/batchelement.hh>
#include <click/etheraddress.hh>

// =Element EtherRewrite(SRC, DST)
// =Summary overwrites the addresses of Ethernet frames
// =Ports 1 / 1, push or pull
// =Arguments
//   SRC  EtherAddress  new source address
//   DST  EtherAddress  new destination address
// =Handlers
//   src, dst  rw  the addresses
// =Source IEEE 802.3
class EtherRewrite : public SimpleBatchElement<EtherRewrite> {
  public:
    const char *class_name() const override { return "EtherRewrite"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    EtherAddress _source, _destination;
};

#endif
