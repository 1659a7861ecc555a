// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_DECIPTTL_HH
#define CLICK_DECIPTTL_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>

// =Element DecIPTTL([KEYWORDS])
// =Summary lowers the time to live
// =Ports 1 / 1-2, push or pull; packets whose time is up (TTL 0 or 1) leave by output 1 unchanged
// =Arguments
//   ACTIVE     Boolean  do it at all; true
//   MULTICAST  Boolean  multicast packets too; true
// =Handlers
//   drops   r   packets whose time was up
//   active  rw  do it at all
// =Source RFC 1812 section 5.3.1; RFC 1624 (checksum)
class DecIPTTL : public SimpleBatchElement<DecIPTTL> {
  public:
    const char *class_name() const override { return "DecIPTTL"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    bool _active = true;
    bool _multicast = true;
    ThreadCounter _drops;
};

#endif
