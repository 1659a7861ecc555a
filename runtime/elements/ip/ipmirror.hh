// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPMIRROR_HH
#define CLICK_IPMIRROR_HH
#include <click/batchelement.hh>

// =Element IPMirror([KEYWORDS])
// =Summary swaps source and destination of IP packets, with their ports
// =Ports 1 / 1, push or pull
// =Arguments
//   DST_ANNO  Boolean  set the destination IP annotation to the new destination; true
// =Handlers none
// =Source RFC 791, RFC 768, RFC 9293. No checksum changes: sums do not depend on order
class IPMirror : public SimpleBatchElement<IPMirror> {
  public:
    const char *class_name() const override { return "IPMirror"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    Packet *simple_action(Packet *packet) override;

  private:
    bool _dst_anno = true;
};

#endif
