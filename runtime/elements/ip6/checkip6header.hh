// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_CHECKIP6HEADER_HH
#define CLICK_CHECKIP6HEADER_HH
#include <click/batchelement.hh>
#include <click/ip6address.hh>
#include <click/threadcounter.hh>
#include <vector>

// =Element CheckIP6Header([BADADDRS, OFFSET, KEYWORDS])
// =Summary keeps packets with a sound IPv6 header
// =Ports 1 / 1-2, push or pull; other packets leave by output 1
// =Arguments
//   BADADDRS  IPv6 list  source addresses to refuse besides multicast ones; none
//   OFFSET    Integer    where the IPv6 header starts, bytes; 0
//   VERBOSE   Boolean    print a message for each bad packet; false
// =Handlers
//   count         r  good packets
//   drops         r  bad packets
//   drop_details  r  bad packets by reason, `NAME VALUE` lines
// =Source RFC 8200 section 3; RFC 4291 section 2.7
//
// Marks the network header, 40 bytes, sets the destination IPv6 annotation, and cuts link-level padding off. Extension headers are for
// those who look behind them. A packet with unfinished segmentation may say that its payload has no bytes: its length is taken then.
class CheckIP6Header : public SimpleBatchElement<CheckIP6Header> {
  public:
    const char *class_name() const override { return "CheckIP6Header"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    enum Reason { too_short, bad_version, bad_length, bad_source, nreasons };
    enum Handle { h_drops, h_details };
    static const char *const reason_names[nreasons];

    Packet *drop(Reason reason, Packet *packet);
    bool source_is_bad(const click_ip6 *ip) const;
    static String read_handler(Element *element, void *user_data);

    unsigned _offset = 0;
    bool _verbose = false;
    std::vector<IP6Address> _bad_sources;
    ThreadCounter _count;
    ThreadCounter _drops[nreasons];
};

#endif
