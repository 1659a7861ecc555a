// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_MARKIPCE_HH
#define CLICK_MARKIPCE_HH
#include <click/batchelement.hh>
#include "typeofservice.hh"

// =Element MarkIPCE([FORCE])
// =Summary marks IP packets as having met congestion
// =Ports 1 / 1, push or pull; packets whose ends know nothing of ECN are dropped
// =Arguments
//   FORCE  Boolean  mark them too; false
// =Handlers
//   drops  r  packets dropped
// =Source RFC 3168
class MarkIPCE : public SimpleBatchElement<MarkIPCE> {
  public:
    const char *class_name() const override { return "MarkIPCE"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override { add_data_handlers("drops", Handler::OP_READ, &_drops); }
    Packet *simple_action(Packet *packet) override;

  private:
    bool _force = false;
    uint64_t _drops = 0;
};

#endif
