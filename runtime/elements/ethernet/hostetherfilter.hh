// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_HOSTETHERFILTER_HH
#define CLICK_HOSTETHERFILTER_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>
#include <click/etheraddress.hh>

// =Element HostEtherFilter(ETHER [, KEYWORDS])
// =Summary keeps the Ethernet frames that a host would take
// =Ports 1 / 1-2, push or pull; dropped frames leave by output 1
// =Arguments
//   ETHER       EtherAddress  the host's address
//   DROP_OWN    Boolean       drop frames the host itself sent; false
//   DROP_OTHER  Boolean       drop frames for other hosts; true
//   OFFSET      Integer       where the Ethernet header starts, bytes; 0
// =Handlers
//   drops  r  frames dropped
// =Source IEEE 802.3; sets the packet type and mac header annotations
class HostEtherFilter : public SimpleBatchElement<HostEtherFilter> {
  public:
    const char *class_name() const override { return "HostEtherFilter"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    Packet *drop(Packet *packet);

    EtherAddress _address;
    bool _drop_own = false;
    bool _drop_other = true;
    unsigned _offset = 0;
    ThreadCounter _drops;
};

#endif
