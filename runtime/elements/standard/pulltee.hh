// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PULLTEE_HH
#define CLICK_PULLTEE_HH
#include <click/element.hh>

// =Element PullTee([N])
// =Summary gives each pulled packet on, and pushes copies of it to the other outputs
// =Ports 1 / any number, pull input and output 0, other outputs push
// =Arguments
//   N  Integer  number of outputs, checked against the connections; as connected
// =Handlers none
// =Source none
class PullTee : public Element {
  public:
    const char *class_name() const override { return "PullTee"; }
    const char *port_count() const override { return "1/1-"; }
    const char *processing() const override { return "l/lh"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    Packet *pull(int port) override;
};

#endif
