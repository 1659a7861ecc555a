// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ICMPPINGENCAP_HH
#define CLICK_ICMPPINGENCAP_HH
#include "icmpipencap.hh"

// =Element ICMPPingEncap(SRC, DST [, IDENTIFIER])
// =Summary puts the headers of an echo request in front of packets
// =Ports 1 / 1, push or pull
// =Arguments
//   SRC         IPAddress  source address
//   DST         IPAddress  destination address, or DST_ANNO: the destination IP annotation
//   IDENTIFIER  Integer    identifier; 0
// =Handlers
//   src, dst  rw  the addresses
// =Source RFC 792. Sequence numbers begin with 1
class ICMPPingEncap : public ICMPIPEncap {
  public:
    const char *class_name() const override { return "ICMPPingEncap"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
};

#endif
