// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_HUB_HH
#define CLICK_HUB_HH
#include <click/element.hh>

// =Element Hub()
// =Summary sends each packet to every output but the one of its own number
// =Ports any number, as many inputs as outputs, push
// =Arguments none
// =Handlers none
// =Source none
class Hub : public Element {
  public:
    const char *class_name() const override { return "Hub"; }
    const char *port_count() const override { return "-/="; }
    const char *processing() const override { return PUSH; }
    const char *flow_code() const override { return "#/[^#]"; }
    void push(int port, Packet *packet) override;
};

#endif
