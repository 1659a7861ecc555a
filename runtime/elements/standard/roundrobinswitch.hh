// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ROUNDROBINSWITCH_HH
#define CLICK_ROUNDROBINSWITCH_HH
#include <click/batchelement.hh>

// =Element RoundRobinSwitch()
// =Summary sends packets to its outputs in turn
// =Ports 1 / any number, push
// =Arguments none
// =Handlers none
// =Source none
class RoundRobinSwitch : public ClassifyElement<RoundRobinSwitch> {
  public:
    const char *class_name() const override { return "RoundRobinSwitch"; }
    const char *port_count() const override { return "1/1-"; }
    const char *processing() const override { return PUSH; }
    int classify(Packet *)
    {
        int output = _next;
        _next = output + 1 < noutputs() ? output + 1 : 0;
        return output;
    }

  private:
    int _next = 0;
};

#endif
