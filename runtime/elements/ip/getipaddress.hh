// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_GETIPADDRESS_HH
#define CLICK_GETIPADDRESS_HH
#include <click/batchelement.hh>
#include <click/packet_anno.hh>

// =Element GetIPAddress(OFFSET | IP WORD [, KEYWORDS])
// =Summary sets the destination IP annotation from packet bytes
// =Ports 1 / 1, push or pull
// =Arguments
//   OFFSET  Integer     where the address is, bytes from the start of the data; or
//   IP      Word        `dst` or `src`: a field of the IP header (keyword)
//   ANNO    Annotation  another annotation to set, 4 bytes; DST_IP
// =Handlers none
// =Source RFC 791
class GetIPAddress : public SimpleBatchElement<GetIPAddress> {
  public:
    const char *class_name() const override { return "GetIPAddress"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    Packet *simple_action(Packet *packet) override;

  private:
    enum { from_source = -1, from_destination = -2 };
    int _offset = 0;
    int _anno = DST_IP_ANNO_OFFSET;
};

#endif
