// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_STRIP_HH
#define CLICK_STRIP_HH
#include <click/batchelement.hh>

// =Element Strip(LENGTH)
// =Summary takes bytes off the front of packets
// =Ports 1 / 1, push or pull
// =Arguments
//   LENGTH  Integer  number of bytes; a shorter packet is left empty
// =Handlers none
// =Source none
class Strip : public SimpleBatchElement<Strip> {
  public:
    const char *class_name() const override { return "Strip"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    Packet *simple_action(Packet *packet) override
    {
        packet->pull(packet->length() < _length ? packet->length() : _length);
        return packet;
    }

  private:
    unsigned _length = 0;
};

#endif
