// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_RANDOMSWITCH_HH
#define CLICK_RANDOMSWITCH_HH
#include <click/batchelement.hh>
#include <click/glue.hh>

// =Element RandomSwitch()
// =Summary sends each packet to an output chosen at random
// =Ports 1 / any number, push
// =Arguments none
// =Handlers none
// =Source none
class RandomSwitch : public ClassifyElement<RandomSwitch> {
  public:
    const char *class_name() const override { return "RandomSwitch"; }
    const char *port_count() const override { return "1/1-"; }
    const char *processing() const override { return PUSH; }
    int classify(Packet *) { return click_random(0, noutputs() - 1); }
};

#endif
