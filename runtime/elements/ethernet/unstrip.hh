// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_UNSTRIP_HH
#define CLICK_UNSTRIP_HH
#include <click/batchelement.hh>

// =Element Unstrip(LENGTH)
// =Summary puts bytes back in front of packets that Strip took off
// =Ports 1 / 1, push or pull
// =Arguments
//   LENGTH  Integer  number of bytes; their old content is still there unless something overwrote it
// =Handlers none
// =Source none
class Unstrip : public SimpleBatchElement<Unstrip> {
  public:
    const char *class_name() const override { return "Unstrip"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    Packet *simple_action(Packet *packet) override { return packet->nonunique_push(_length); }

  private:
    unsigned _length = 0;
};

#endif
