// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_FIXIPSRC_HH
#define CLICK_FIXIPSRC_HH
#include <click/batchelement.hh>
#include <click/ipaddress.hh>

// =Element FixIPSrc(IPADDR)
// =Summary gives marked packets a source address
// =Ports 1 / 1, push or pull
// =Arguments
//   IPADDR  IPAddress  the address of the interface they leave by
// =Handlers none
// =Source RFC 1812 section 4.3.2.4. The mark is the fix-IP-source annotation, which ICMPError sets
class FixIPSrc : public SimpleBatchElement<FixIPSrc> {
  public:
    const char *class_name() const override { return "FixIPSrc"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    Packet *simple_action(Packet *packet) override;

  private:
    IPAddress _address;
};

#endif
