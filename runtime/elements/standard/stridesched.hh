// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_STRIDESCHED_HH
#define CLICK_STRIDESCHED_HH
#include <click/element.hh>
#include <click/notifier.hh>
#include <vector>
#include "strides.hh"

// =Element StrideSched(TICKETS0, ..., TICKETSn)
// =Summary pulls from its inputs in proportion to their tickets
// =Ports any number / 1, pull; inputs whose upstream sleeps are passed over
// =Arguments
//   TICKETSi  Integer  share of input i, at most 32768; 0: never
// =Handlers
//   tickets0, tickets1, ...  rw  the arguments
// =Source C. Waldspurger, W. Weihl: Stride scheduling, MIT/LCS/TM-528, 1995
class StrideSched : public Element {
  public:
    const char *class_name() const override { return "StrideSched"; }
    const char *port_count() const override { return "1-/1"; }
    const char *processing() const override { return PULL; }
    const char *flags() const override { return "S0"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    int initialize(ErrorHandler *errh) override;
    void add_handlers() override { add_ticket_handlers(this, ninputs()); }
    Packet *pull(int port) override;
    Strides &strides() { return _strides; }

  private:
    Strides _strides;
    std::vector<NotifierSignal> _signals;
};

#endif
