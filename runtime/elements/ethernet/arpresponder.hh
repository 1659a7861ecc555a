// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ARPRESPONDER_HH
#define CLICK_ARPRESPONDER_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>
#include <click/etheraddress.hh>
#include <click/ipaddress.hh>
#include <vector>

// =Element ARPResponder(IP[/MASK]... ETHER, ...)
// =Summary answers ARP requests for the addresses it stands for
// =Ports 1 / 1-2, push or pull. Input: Ethernet frames with ARP requests; output 0: the replies; output 1: everything else
//   (dropped when it is not connected)
// =Arguments
//   IP/MASK  IPPrefix      addresses to answer for; several may share an Ethernet address
//   ETHER    EtherAddress  the address to give; the longest matching prefix decides
// =Handlers
//   table    r  one line an entry, `IP/MASK ETHER`
//   lookup   r  the Ethernet address for the IP address given as parameter, empty if none
//   add      w  `IP[/MASK]... ETHER`, another entry
//   remove   w  `IP[/MASK]...`, entries to take out
//   replies  r  requests answered
//   drops    r  packets not answered
// =Source RFC 826
class ARPResponder : public SimpleBatchElement<ARPResponder> {
  public:
    const char *class_name() const override { return "ARPResponder"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    struct Entry {
        IPAddress address;
        IPAddress mask;
        EtherAddress ether;
    };
    typedef std::vector<Entry> Table;

    // Not `live`: an entry twice is worth a warning.
    int parse_entries(const String &text, Table &table, bool with_ether, bool live, ErrorHandler *errh) const;
    static bool insert(Table &table, const Entry &entry);
    const Entry *find(IPAddress address) const;

    static String table_handler(Element *element, void *);
    static int lookup_handler(int, String &text, Element *element, const Handler *, ErrorHandler *errh);
    static int write_handler(const String &text, Element *element, void *remove, ErrorHandler *errh);

    Table _table;  // longest prefix first
    ThreadCounter _replies;
    ThreadCounter _drops;
};

#endif
