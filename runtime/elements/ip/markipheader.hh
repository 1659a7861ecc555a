// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_MARKIPHEADER_HH
#define CLICK_MARKIPHEADER_HH
#include <click/batchelement.hh>
#include <clicknet/ip.h>

// =Element MarkIPHeader([OFFSET])
// =Summary marks where the IP header is, trusting it
// =Ports 1 / 1, push or pull
// =Arguments
//   OFFSET  Integer  where the IP header starts, bytes; 0
// =Handlers none
// =Source RFC 791
class MarkIPHeader : public SimpleBatchElement<MarkIPHeader> {
  public:
    const char *class_name() const override { return "MarkIPHeader"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    Packet *simple_action(Packet *packet) override
    {
        const click_ip *ip = reinterpret_cast<const click_ip *>(packet->data() + _offset);
        if (packet->length() > _offset)
            packet->set_ip_header(ip, ip->ip_hl << 2);
        return packet;
    }

  private:
    unsigned _offset = 0;
};

#endif
