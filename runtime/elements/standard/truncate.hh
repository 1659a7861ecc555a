// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_TRUNCATE_HH
#define CLICK_TRUNCATE_HH
#include <click/batchelement.hh>

// =Element Truncate(LENGTH [, KEYWORDS])
// =Summary cuts packets to at most a length
// =Ports 1 / 1, push or pull
// =Arguments
//   LENGTH      Integer  bytes kept
//   EXTRA_ANNO  Boolean  add the number of bytes cut to the extra-length annotation; true
// =Handlers none
// =Source none
class Truncate : public SimpleBatchElement<Truncate> {
  public:
    const char *class_name() const override { return "Truncate"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    Packet *simple_action(Packet *packet) override;

  private:
    unsigned _length = 0;
    bool _extra = true;
};

#endif
