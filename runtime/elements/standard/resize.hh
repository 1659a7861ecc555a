// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_RESIZE_HH
#define CLICK_RESIZE_HH
#include <click/batchelement.hh>

// =Element Resize([HEAD, TAIL])
// =Summary makes packets longer or shorter at either end
// =Ports 1 / 1, push or pull
// =Arguments
//   HEAD  Integer  bytes to add in front, or, negative, to take away; 0
//   TAIL  Integer  the same at the end; 0
// =Handlers
//   head, tail  rw  the arguments
// =Source none. What the added bytes hold is not defined
class Resize : public SimpleBatchElement<Resize> {
  public:
    const char *class_name() const override { return "Resize"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    int _head = 0, _tail = 0;
};

#endif
