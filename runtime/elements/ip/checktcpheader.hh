// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_CHECKTCPHEADER_HH
#define CLICK_CHECKTCPHEADER_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>

// =Element CheckTCPHeader([KEYWORDS])
// =Summary keeps packets with a sound TCP header
// =Ports 1 / 1-2, push or pull; other packets leave by output 1
// =Arguments
//   CHECKSUM  Boolean  check the checksum; true
//   VERBOSE   Boolean  print a message for each bad packet, not only the first; false
// =Handlers
//   count         r  good packets
//   drops         r  bad packets
//   drop_details  r  bad packets by reason, `NAME VALUE` lines
// =Source RFC 9293 section 3.1. A checksum left to the device, or checked by it, is not judged
class CheckTCPHeader : public SimpleBatchElement<CheckTCPHeader> {
  public:
    const char *class_name() const override { return "CheckTCPHeader"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    enum Reason { not_tcp, bad_length, bad_checksum, nreasons };
    static const char *const reason_names[nreasons];

    Packet *drop(Reason reason, Packet *packet);
    static String read_handler(Element *element, void *details);

    bool _checksum = true;
    bool _verbose = false;
    ThreadCounter _count;
    ThreadCounter _drops[nreasons];
};

#endif
