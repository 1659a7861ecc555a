// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ARPTABLE_HH
#define CLICK_ARPTABLE_HH
#include <click/element.hh>
#include <functional>
#include <mutex>
#include <vector>
#include "arpcache.hh"

class Args;

// =Element ARPTable([KEYWORDS])
// =Summary remembers Ethernet addresses for several ARPQueriers
// =Ports none
// =Arguments
//   CAPACITY               Integer  packets that may wait for answers, 0 for no limit; 2048
//   CAPACITY_SLIM_FACTOR   Integer  when more wait, one in so many makes way; 2
//   ENTRY_PACKET_CAPACITY  Integer  packets that may wait for one answer, 0 for no limit; 128
//   ENTRY_CAPACITY         Integer  addresses remembered, 0 for no limit; 16384
//   TIMEOUT                Seconds  an address not heard of for that long must be asked for, 0 never; 300
// =Handlers
//   table   r  one line an entry: `IP 1 ETHER AGE`, or `IP 0 ETHER AGE` while unresolved (FF-… if it never was); AGE in seconds
//   insert  w  `IP ETHER`: learn this
//   delete  w  `IP`: forget this
//   clear   w  forget everything
//   count   r  addresses remembered
//   length  r  packets that wait
//   drops   r  packets lost
// =Source RFC 826; RFC 1122 section 2.3.2. Named by ARPQuerier's TABLE argument; a hot swap keeps the entries
class ARPTable : public Element {
  public:
    const char *class_name() const override { return "ARPTable"; }
    const char *port_count() const override { return PORTS_0_0; }
    void *cast(const char *name) override;
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    void take_state(Element *old_element, ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;
    void add_handlers() override;

    // Adds the arguments that set limits to what is read.
    static void read_limits(Args &args, ArpCache::Limits &limits);
    // The handlers that a querier with a table of its own has too; its cast("ARPTable") yields the table.
    static void add_table_handlers(Element *element);

    // Packets, timers and handlers may come from different threads. Whoever only reads cache.answers() needs it not.
    mutable std::recursive_mutex lock;
    ArpCache cache;
    // Sends packets whose address has become known; set by the queriers that use the table.
    std::function<void(const std::vector<Packet *> &, const EtherAddress &)> send;

    void learn(IPAddress address, const EtherAddress &ether);
    uint64_t drops() const { return cache.lost().backlog + cache.lost().unresolved; }

    enum Handle { h_table, h_count, h_length, h_drops, h_insert, h_delete, h_clear };
    String read(int what);
    int write(int what, const String &text, const Element *context, ErrorHandler *errh);

  private:
    String unparse();
};

#endif
