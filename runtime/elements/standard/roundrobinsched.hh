// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ROUNDROBINSCHED_HH
#define CLICK_ROUNDROBINSCHED_HH
#include <click/element.hh>
#include <click/notifier.hh>
#include <vector>

// =Element RoundRobinSched()
// =Summary pulls from its inputs in turn
// =Ports any number / 1, pull; inputs whose upstream sleeps are passed over
// =Arguments none
// =Handlers none
// =Source none
class RoundRobinSched : public Element {
  public:
    const char *class_name() const override { return "RoundRobinSched"; }
    const char *port_count() const override { return "1-/1"; }
    const char *processing() const override { return PULL; }
    const char *flags() const override { return "S0"; }
    int initialize(ErrorHandler *errh) override;
    Packet *pull(int port) override;

  private:
    std::vector<NotifierSignal> _signals;
    int _next = 0;
};

#endif
