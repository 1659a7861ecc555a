// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IP6NDADVERTISER_HH
#define CLICK_IP6NDADVERTISER_HH
#include <click/batchelement.hh>
#include <click/etheraddress.hh>
#include <click/ip6address.hh>
#include <click/threadcounter.hh>
#include <vector>

// =Element IP6NDAdvertiser(IP6[/BITS]... ETHER, ...)
// =Summary answers neighbour solicitations for the IPv6 addresses it stands for
// =Ports 1 / 1-3, push or pull. Input: Ethernet frames with neighbour solicitations; output 0: the advertisements; output 1:
//   everything else (dropped when it is not connected); output 2, if connected: the solicitations that are answered, before their answers
// =Arguments
//   IP6/BITS  IPv6 prefix   addresses to answer for; several may share an Ethernet address
//   ETHER     EtherAddress  the address to give; the longest matching prefix decides
// =Handlers
//   table          r  one line an entry, `IP6/BITS ETHER`
//   advertisement  r  the Ethernet address for the IPv6 address given as parameter, empty if none
//   replies        r  solicitations answered
//   drops          r  frames not answered
// =Source RFC 4861 section 7.2.4; RFC 4862 section 5.4.3 (addresses are defended)
//
// Answers are a router's, solicited, and override what was known. Who asks whether an address is free is told that it is not if it is
// one of those given by themselves, not if it is of a prefix.
class IP6NDAdvertiser : public SimpleBatchElement<IP6NDAdvertiser> {
  public:
    const char *class_name() const override { return "IP6NDAdvertiser"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return "1/1-3"; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    struct Entry {
        IP6Address address;
        int bits;
        EtherAddress ether;
    };
    int parse_entries(const String &text, ErrorHandler *errh);
    const Entry *find(const IP6Address &address) const;
    static String table_handler(Element *element, void *);
    static int lookup_handler(int, String &text, Element *element, const Handler *, ErrorHandler *errh);

    std::vector<Entry> _table;  // longest prefix first
    ThreadCounter _replies, _drops;
};

#endif
