// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_IPROUTETABLE_HH
#define CLICK_IPROUTETABLE_HH
#include <click/batchelement.hh>
#include <click/threadcounter.hh>
#include <mutex>
#include <vector>
#include "prefixtable.hh"

// What the elements that route by IP prefix share: the table, its text forms and handlers.
//
// A packet is looked up by its destination IP annotation. A route's gateway becomes the new annotation, and its port the output.
// Any thread may route, without a lock, while a handler changes the table.
class IPRouteTable : public BatchElement {
  public:
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return "1/-"; }
    const char *processing() const override { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    void push(int port, Packet *packet) override;
    void push_batch(int port, PacketBatch *batch) override;
    void *cast(const char *name) override;
    // The port for an address, and the gateway of its route (zero: none); negative when no route covers it.
    int lookup_route(IPAddress address, IPAddress &gateway) const;

  protected:
    // How the table is listed: in the order the prefixes came, or by prefix.
    virtual bool lists_by_age() const { return false; }

  private:
    enum Command { cmd_add, cmd_set, cmd_remove };
    struct Change {
        Command command;
        PrefixTable::Prefix prefix;
        PrefixTable::Route route;
    };

    // Parses "PREFIX [GATEWAY] PORT" (or "PREFIX [...]" to remove).
    int parse_change(Command command, const String &text, Change &change, ErrorHandler *errh) const;
    int apply(const std::vector<Change> &changes, ErrorHandler *errh);
    int route(Packet *packet);

    static String unparse(const PrefixTable::Prefix &prefix, const PrefixTable::Route &route, bool columns);
    static String table_handler(Element *element, void *);
    static int lookup_handler(int, String &text, Element *element, const Handler *, ErrorHandler *errh);
    static int change_handler(const String &text, Element *element, void *command, ErrorHandler *errh);
    static int control_handler(const String &text, Element *element, void *, ErrorHandler *errh);
    static int flush_handler(const String &, Element *element, void *, ErrorHandler *);

    std::mutex _lock;  // of who changes the table or lists it; packets need none
    PrefixTable _table;
    ThreadCounter _drops;
};

#endif
