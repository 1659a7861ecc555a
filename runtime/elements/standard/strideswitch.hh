// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_STRIDESWITCH_HH
#define CLICK_STRIDESWITCH_HH
#include <click/element.hh>
#include "strides.hh"

// =Element StrideSwitch(TICKETS0, ..., TICKETSn)
// =Summary sends packets to its outputs in proportion to their tickets
// =Ports 1 / any number, push
// =Arguments
//   TICKETSi  Integer  share of output i, at most 32768; 0: never
// =Handlers
//   tickets0, tickets1, ...  rw  the arguments
// =Source C. Waldspurger, W. Weihl: Stride scheduling, MIT/LCS/TM-528, 1995. Without any tickets packets are dropped
class StrideSwitch : public Element {
  public:
    const char *class_name() const override { return "StrideSwitch"; }
    const char *port_count() const override { return "1/1-"; }
    const char *processing() const override { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override { add_ticket_handlers(this, noutputs()); }
    void push(int port, Packet *packet) override;
    Strides &strides() { return _strides; }

  private:
    Strides _strides;
};

#endif
