// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PORTINFO_HH
#define CLICK_PORTINFO_HH
#include <click/element.hh>

// =Element PortInfo(NAME PORT[/PROTO] [NAME...] [# COMMENT], ...)
// =Summary gives ports names
// =Ports none
// =Arguments
//   NAME   Word     a name, seen from here and from compound elements inside
//   PORT   Integer  its number, or another name
//   PROTO  Word     tcp or udp; both
// =Handlers none
// =Source none
class PortInfo : public Element {
  public:
    const char *class_name() const override { return "PortInfo"; }
    int configure_phase() const override { return CONFIGURE_PHASE_INFO; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;

  private:
    int define_line(const String &line, ErrorHandler *errh) const;
    bool define(const String &name, const String &port_text, int protocol) const;
};

#endif
