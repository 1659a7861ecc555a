// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_STOREIPADDRESS_HH
#define CLICK_STOREIPADDRESS_HH
#include <click/batchelement.hh>
#include <click/ipaddress.hh>

// =Element StoreIPAddress([ADDR,] OFFSET)
// =Summary writes an IP address into packets
// =Ports 1 / 1, push or pull; packets too short for it are left alone
// =Arguments
//   ADDR    IPAddress  what to write; the destination IP annotation
//   OFFSET  Integer or Word  where to write: bytes from the start of the data, or `src` or `dst`, fields of the IP header
//                      whose checksums follow
// =Handlers none
// =Source RFC 791, RFC 1624
class StoreIPAddress : public SimpleBatchElement<StoreIPAddress> {
  public:
    const char *class_name() const override { return "StoreIPAddress"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    Packet *simple_action(Packet *packet) override;

  private:
    enum { to_source = -1, to_destination = -2 };
    IPAddress _address;
    bool _given = false;
    int _offset = 0;
};

#endif
