// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PAD_HH
#define CLICK_PAD_HH
#include <click/batchelement.hh>

// =Element Pad([LENGTH, KEYWORDS])
// =Summary lengthens packets that are shorter than a length
// =Ports 1 / 1, push or pull
// =Arguments
//   LENGTH  Integer  bytes wanted; without it, the bytes that the extra-length annotation says are missing
//   ZERO    Boolean  fill with zeros; true
// =Handlers none
// =Source none
class Pad : public SimpleBatchElement<Pad> {
  public:
    const char *class_name() const override { return "Pad"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    Packet *simple_action(Packet *packet) override;

  private:
    unsigned _length = 0;
    bool _zero = true;
};

#endif
