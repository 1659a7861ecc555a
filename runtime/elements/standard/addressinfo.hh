// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ADDRESSINFO_HH
#define CLICK_ADDRESSINFO_HH
#include <click/element.hh>

// =Element AddressInfo(NAME ADDR [ADDR...], ...)
// =Summary gives addresses names
// =Ports none
// =Arguments
//   NAME  Word     a name, seen from here and from compound elements inside
//   ADDR  Address  IP address or prefix, Ethernet address; a prefix with host bits names address and network; another
//                  name lends its addresses
// =Handlers none
// =Source none
class AddressInfo : public Element {
  public:
    const char *class_name() const override { return "AddressInfo"; }
    int configure_phase() const override { return CONFIGURE_PHASE_INFO; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;

  private:
    bool define(const String &name, const String &address) const;
    bool define_ip(const String &name, const String &address) const;
};

#endif
