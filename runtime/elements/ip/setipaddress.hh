// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_SETIPADDRESS_HH
#define CLICK_SETIPADDRESS_HH
#include <click/batchelement.hh>
#include <click/ipaddress.hh>
#include <click/packet_anno.hh>

// =Element SetIPAddress(ADDR [, KEYWORDS])
// =Summary sets the destination IP annotation to an address
// =Ports 1 / 1, push or pull
// =Arguments
//   ADDR  IPAddress   the address, for routing to a fixed next hop
//   ANNO  Annotation  another annotation to set, 4 bytes; DST_IP
// =Handlers
//   addr  rw  the address
// =Source none
class SetIPAddress : public SimpleBatchElement<SetIPAddress> {
  public:
    const char *class_name() const override { return "SetIPAddress"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override { add_data_handlers("addr", Handler::OP_READ | Handler::OP_WRITE, &_address); }
    Packet *simple_action(Packet *packet) override
    {
        packet->set_anno_u32(_anno, _address.addr());
        return packet;
    }

  private:
    IPAddress _address;
    int _anno = DST_IP_ANNO_OFFSET;
};

#endif
