// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_DECIP6HLIM_HH
#define CLICK_DECIP6HLIM_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>

// =Element DecIP6HLIM([KEYWORDS])
// =Summary lowers the hop limit
// =Ports 1 / 1-2, push or pull; packets whose limit is reached (0 or 1) leave by output 1 unchanged
// =Arguments
//   ACTIVE  Boolean  do it at all; true
// =Handlers
//   drops   r   packets whose limit was reached
//   active  rw  do it at all
// =Source RFC 8200 section 3
class DecIP6HLIM : public SimpleBatchElement<DecIP6HLIM> {
  public:
    const char *class_name() const override { return "DecIP6HLIM"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    bool _active = true;
    ThreadCounter _drops;
};

#endif
