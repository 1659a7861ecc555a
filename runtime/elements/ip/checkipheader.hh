// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_CHECKIPHEADER_HH
#define CLICK_CHECKIPHEADER_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>
#include <clicknet/ip.h>
#include <vector>

// =Element CheckIPHeader([KEYWORDS])
// =Summary keeps packets with a sound IP header
// =Ports 1 / 1-2, push or pull; other packets leave by output 1
// =Arguments
//   OFFSET      Integer     where the IP header starts, bytes; 0
//   CHECKSUM    Boolean     check the header checksum; true
//   BADSRC      IP list     source addresses to refuse (broadcast addresses, say); none
//   GOODDST     IP list     destinations accepted whatever their source; none
//   INTERFACES  Prefix list own addresses with prefixes: their broadcast addresses are bad sources, they good destinations
//   VERBOSE     Boolean     print a message for each bad packet, not only the first; false
// =Handlers
//   count         r  good packets
//   drops         r  bad packets
//   drop_details  r  bad packets by reason, `NAME VALUE` lines
// =Source RFC 791; RFC 1812 section 5.2.2
//
// Marks the network and transport headers, sets the destination IP annotation, and cuts link-level padding off. A packet
// with unfinished segmentation is longer than any link; its IP length is taken as it stands.
class CheckIPHeader : public SimpleBatchElement<CheckIPHeader> {
  public:
    const char *class_name() const override { return "CheckIPHeader"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  protected:
    enum Reason { too_short, bad_version, bad_header_length, bad_length, bad_checksum, bad_source, nreasons };

    Packet *drop(Reason reason, Packet *packet);

    bool _checksum = true;

  private:
    static const char *const reason_names[nreasons];
    enum Handle { h_drops, h_details };

    bool source_is_bad(const click_ip *ip) const;
    static String read_handler(Element *element, void *user_data);

    unsigned _offset = 0;
    bool _verbose = false;
    std::vector<uint32_t> _bad_sources, _good_destinations;  // sorted, network order
    ThreadCounter _count;
    ThreadCounter _drops[nreasons];
};

#endif
