// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_MINIONBOX_HH
#define MIMI_MINIONBOX_HH
#include <click/config.h>
#if HAVE_BATCH
# include <click/batchelement.hh>
#else
# include <click/element.hh>
#endif
#include <click/timer.hh>
#include <atomic>
#include <memory>
#include <string>
#include <vector>
#include <mimi/threadcounts.hh>
#include "bindingtable.hh"
#include "flowreader.hh"
#include "fragmentroutes.hh"
#include "packetrewrite.hh"
CLICK_DECLS
class Args;
class CarriedFlows;

// What every middlebox element has in common: load balancer, NAT, firewall. Not an element of its own.
//
// Theory of operation
//
// A box keeps a table of bindings (bindingtable.hh), made when flows begin and imported, while packets flow, from the primary
// that the element stands in for. This class is what does not depend on the records: arguments, clocks, counters, expiry,
// handlers. MinionBoxPath (minionboxpath.hh) is the way of a packet through the table, made for one type of box and its records
// at compile time, so that an established flow costs no virtual call. A type of box says
//
//   which bindings it may own        owner_of(): others are refused on import
//   what a packet without one means  handle_miss(): not its business, a beginning, the middle of an unknown flow
//   how a flow begins                begin(): the binding, under the table's lock
//   what it counts and shows         own_counts(), add_handlers()
//
// Fragments. Only the first of a datagram has ports; the others follow it (fragmentroutes.hh).
//
// Threads. Packets of established flows go through without a lock, on as many threads as there are; a packet that begins a flow
// takes the table's lock for its group. import, export, remove, clear, count and digest work beside the packets, some dozens of
// bindings at a time. Counters are kept per thread.

#if HAVE_BATCH
class MinionBox : public BatchElement {
#else
class MinionBox : public Element {
#endif
  public:
    MinionBox() CLICK_COLD;
    ~MinionBox() CLICK_COLD;

    const char *flags() const { return "T"; }  // several threads may push at once
    const char *port_count() const { return "2/2-3"; }
    const char *processing() const { return PUSH; }
    int initialize(ErrorHandler *errh) CLICK_COLD;
    void add_handlers() CLICK_COLD;
    void *cast(const char *name);
    void run_timer(Timer *timer);

    // What every box counts; the words of `stats` are in the source, in the same order. A type's own counts follow.
    enum Count {
        applied, unchanged, stale, refused, removed,  // import and remove, by record
        new_flows, picked,                            // bindings made here; picked: in the middle of a flow
        forward, reverse, icmp_errors, passed,        // packets that left; passed: by output 2
        resets,                                       // sent
        followed,                                     // later fragments that went where the first of their datagram did
        drop_unknown, drop_fragment, drop_malformed, drop_refused, drop_icmp, drop_unrouted,
        n_counts
    };

    // For a gate (miniongate.hh): which of the packets of an input belong to flows whose packets went through this box. One that
    // begins its flow anew on the port of an ended one belongs to nobody, and the record makes way. n: at most group_max.
    enum : unsigned { group_max = 32 };
    virtual void sort_own(int port, Packet *const *packets, unsigned n, bool *own) = 0;
    // The number of such flows that have not ended.
    uint32_t count_own();

    // The table, whatever its records are: for observers. Its lock is theirs to take.
    mimi::BindingStore *store() { return _store; }

  protected:
    typedef mimi::BindingStore::Outcome Outcome;
    enum Unknown { unknown_drop, unknown_reset, unknown_pick };
    enum { no_owner = 0xffff };

    // A packet under way. `to` is the output that `p` leaves by, or one of Fate. `mark` is the type's own.
    struct Item {
        Packet *p;
        mimi::PacketView view;
        mimi::BindingStore::Probe probe;
        uint32_t mark;
        mimi::Direction direction;
        int to;
    };
    // waits: for the flows of its group to begin; follows: the first fragment of its datagram, which may be in its group.
    enum Fate { gone = -1, begins = -2, waits = -3, follows = -4 };
    // What the packets of one group have in common.
    struct Group {
        int port;
        uint32_t now;
        mimi::ThreadCounts::Count *counts;
        bool locked;
        std::vector<std::pair<int, Packet *>> more;  // what leaves besides the group's packets, by which output

        void count(int which) const { mimi::ThreadCounts::step(counts[which]); }
    };
    enum : unsigned { group_size = group_max };

    mimi::BindingStore *_store = nullptr;  // the table, which the type owns
    Unknown _unknown = unknown_drop;
    uint32_t _capacity = 1000000;
    uint32_t _tcp_established_s = 7440;  // RFC 5382, REQ-5: 2 h 4 min
    uint32_t _tcp_transitory_s = 240;    // RFC 5382, REQ-5: 4 min
    uint32_t _udp_s = 300;               // RFC 4787, REQ-5
    uint32_t _icmp_s = 60;               // RFC 5508, REQ-2
    mimi::ThreadCounts _counts;          // those of Count, then the type's

    // ---- what a type of box says of itself
    // The names of the counts that follow those of Count, as `stats` shows them.
    virtual std::vector<std::string> own_counts() const { return std::vector<std::string>(); }
    // The tag of a binding that may be imported; no_owner: it is refused. With the table's lock held.
    virtual uint16_t owner_of(const mimi::FlowBinding &b) const = 0;
    // Puts an imported binding into the table, with its lock held.
    virtual Outcome adopt(const mimi::FlowBinding &b, const mimi::BindingStore::Prepared &hashes, uint16_t owner, uint32_t now);
    // Protocols that the box's text knows besides tcp and udp: whether icmp is one of them.
    virtual bool has_queries() const { return false; }
    // Whether packets of established flows need nothing but another tuple, so that somebody else may forward them (mimi/flowcarrier.hh).
    virtual bool carries() const { return false; }
    // Of such a flow: the input that its packets of a direction come in by, and leave by the other side; -1: they are for us alone.
    virtual int carried_side(const mimi::BindingRecord &, mimi::Direction d) const { return int(d); }
    // Whether forward packets may come in by either input.
    virtual bool begins_on_either_side() const { return false; }
    virtual uint32_t carried_lifetime(const mimi::BindingRecord &r) const { return lifetime(r.proto, r.state()); }
    // So many packets of a binding were forwarded, not by us.
    virtual void count_carried(const mimi::BindingRecord &r, mimi::Direction d, uint64_t packets);
    // Memory beside the table's. With its lock held.
    virtual size_t own_bytes() const { return 0; }
    // Who is told of records that come and go.
    virtual mimi::FlowWatch *watch() { return nullptr; }

    // ---- setting up
    // The arguments of every box. check_arguments: after they are read. Returns 0, or -1 and has said why.
    Args &read_arguments(Args &args, String &unknown);
    int check_arguments(const String &unknown, ErrorHandler *errh);
    // `more` counters beyond those that have names.
    void use_store(mimi::BindingStore *store, size_t more);
    static bool split_words(const String &text, std::vector<std::string> &words);

    // ---- clocks
    static uint32_t now_s();
    static uint64_t clock_us();
    uint64_t next_seq(uint64_t clock, uint64_t after);
    uint32_t lifetime(uint8_t proto, mimi::FlowState state) const
    {
        if (proto != mimi::proto_tcp)
            return proto == mimi::proto_udp ? _udp_s : _icmp_s;
        const bool stays = state == mimi::FlowState::established || state == mimi::FlowState::unknown;
        return stays ? _tcp_established_s : _tcp_transitory_s;
    }

    // ---- what may become of a packet. Each changes it, or replaces it, and returns its `to`.
    int drop(const Group &g, Item &item, int reason) const;
    int pass(const Group &g, Item &item) const;
    // The middle of a TCP flow that nobody knows: what UNKNOWN says.
    int handle_mid_flow(const Group &g, Item &item) const;
    static bool begins_flow(const mimi::PacketView &view);
    // A later fragment goes where the first of its datagram went, or waits for that.
    int follow_first(const Group &g, Item &item);
    // The first fragment of a datagram is about to leave: so do those that waited for it.
    void lead_others(Group &g, const Item &item);
    // The table's next chunk of records takes long to make: where there is a thread for that, packets do not wait for it.
    void grow_beside();
    void take_counts(const MinionBox &old);

    // ---- handlers
    enum Handle { h_import, h_export, h_remove, h_clear, h_count, h_digest, h_lookup, h_stats, h_capacity, h_own };
    static void append_line(StringAccum &out, const std::string &text);
    void reap();  // expired bindings do not exist for whoever reads the table

    uint64_t _last_seq = 0;  // under the table's lock
#ifdef MIMI_RUNTIME
    friend class CarriedFlows;
    std::unique_ptr<CarriedFlows> _carried;  // flows that the kernel forwards for us
    // Around the change of tables: those of `old` come back, and ours may be carried. They are told by whoever has our table now.
    void give_back_carried(MinionBox &old);
#endif
    void make_way_for(const mimi::FlowBinding &b);

  private:
    mimi::FragmentRoutes<uint32_t> _fragments;
    std::atomic<bool> _growing;  // somebody makes the table's next chunk
    Timer _timer;

    int import_text(const String &text, ErrorHandler *errh);
    void apply(const mimi::FlowUpdate *updates, size_t n, uint32_t now);
    int remove_keys(const String &text, ErrorHandler *errh);
    String export_text();
    String stats_text() const;
    int lookup_text(String &text, ErrorHandler *errh);
    String digest_text();
    String count_text();
    void clear();
    static String read_handler(Element *e, void *thunk) CLICK_COLD;
    static int write_handler(const String &text, Element *e, void *thunk, ErrorHandler *errh) CLICK_COLD;
    static int lookup_handler(int operation, String &text, Element *e, const Handler *, ErrorHandler *errh) CLICK_COLD;
};

CLICK_ENDDECLS
#endif
