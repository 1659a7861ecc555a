// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ARPPRINT_HH
#define CLICK_ARPPRINT_HH
#include <click/batchelement.hh>

// =Element ARPPrint([LABEL, KEYWORDS])
// =Summary prints ARP messages in the manner of tcpdump
// =Ports 1 / 1, push or pull
// =Arguments
//   LABEL      String   text before each line; none
//   TIMESTAMP  Boolean  print the timestamp annotation; true
//   ETHER      Boolean  print the frame's addresses; false
//   ACTIVE     Boolean  print at all; true
// =Handlers
//   active  rw  print at all
// =Source RFC 826
class ARPPrint : public SimpleBatchElement<ARPPrint> {
  public:
    const char *class_name() const override { return "ARPPrint"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    String _label;
    bool _timestamp = true;
    bool _ether = false;
    bool _active = true;
};

#endif
