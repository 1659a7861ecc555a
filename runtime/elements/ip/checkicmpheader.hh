// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_CHECKICMPHEADER_HH
#define CLICK_CHECKICMPHEADER_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>

// =Element CheckICMPHeader([KEYWORDS])
// =Summary keeps packets with a sound ICMP header
// =Ports 1 / 1-2, push or pull; other packets leave by output 1
// =Arguments
//   CHECKSUM  Boolean  check the checksum; true
//   VERBOSE   Boolean  print a message for each bad packet, not only the first; false
// =Handlers
//   count         r  good packets
//   drops         r  bad packets
//   drop_details  r  bad packets by reason, `NAME VALUE` lines
// =Source RFC 792, RFC 950, RFC 1256
class CheckICMPHeader : public SimpleBatchElement<CheckICMPHeader> {
  public:
    const char *class_name() const override { return "CheckICMPHeader"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    enum Reason { not_icmp, bad_length, bad_checksum, nreasons };
    static const char *const reason_names[nreasons];

    Packet *drop(Reason reason, Packet *packet);
    static String read_handler(Element *element, void *details);

    bool _checksum = true;
    bool _verbose = false;
    ThreadCounter _count;
    ThreadCounter _drops[nreasons];
};

#endif
