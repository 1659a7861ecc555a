// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_MINIONLB_HH
#define MIMI_MINIONLB_HH
#include <click/config.h>
#if HAVE_BATCH
# include <click/batchelement.hh>
#else
# include <click/element.hh>
#endif
#include <click/timer.hh>
#include <atomic>
#include <memory>
#include <mimi/threadcounts.hh>
#include "backendpool.hh"
#include "bindingtable.hh"
#include "packetrewrite.hh"
CLICK_DECLS

// Theory of operation
//
// A *VIP* is the protocol, address and port that clients speak to; behind it stand *backends*. A *binding* says to which
// backend a flow goes. The element rewrites the destination of client packets to the backend (*forward*) and the source of
// backend packets to the VIP (*reverse*); clients keep their own address. Bindings are made here when a flow begins, and
// imported, while packets flow, from the primary that this element stands in for. Both kinds are alike in the table; the
// newest sequence number wins.
//
// One packet walked through. Client c, VIP v, backends a and b:
//
//   1  c:4000 > v:80 SYN     input 0. The table has no (c:4000 > v:80). v:80 is a VIP and a SYN begins a flow: choose b,
//                            remember (c:4000 > v:80 => c:4000 > b:80), state new. Leaves output 0 as c:4000 > b:80.
//   2  b:80 > c:4000 SYN ACK input 1. The reply key (b:80 > c:4000) finds the same record. Leaves output 1 as v:80 > c:4000.
//   3  c:4000 > v:80 ACK     hit; the backend has answered, so the flow is established now and may be idle for two hours.
//   4  d:5000 > v:80 ACK     no binding, and not a beginning: a flow of the primary whose record has not arrived, or never
//                            will. UNKNOWN decides: `drop` (TCP sends it again, and by then the record is here), `reset`
//                            (the client learns that the flow is dead), `pick` (any backend; it will reset the flow unless
//                            luck picked the right one).
//   5  import put … d:5000 v:80 d:5000 a:80 …   the record arrives. 4 is sent again: a hit, and leaves as d:5000 > a:80.
//   6  c FIN, b FIN, or RST  closing, closed: four minutes from now the binding is gone. A SYN before that is a new flow
//                            that happens to use the same port: choose again.
//   7  r > c ICMP "unreachable", about c:4000 > b:80   input 1, from a router r. The packet inside names the flow; it is
//                            given back its own tuple, so that c recognises it. The same for clients' errors on input 0.
//   8  b:22 > x:6000         input 1, not from a backend's service port: none of our business, output 2.
//
// Threads. Packets of established flows go through without a lock, on as many threads as there are; a packet that begins a flow
// takes the table's lock for its group. import, export, remove, clear, count and digest work beside the packets, some dozens of
// bindings at a time (bindingtable.hh). Counters are kept per thread.
//
// Limits. Later fragments carry no ports; those to a VIP's or from a backend's address are dropped and counted.

// =Element MinionLB(VIP PROTO ADDR:PORT random|round-robin BACKEND:PORT..., [VIP ..., keyword arguments])
// =Summary layer 4 load balancer whose bindings can be imported and exported while packets flow
// =Ports 2 / 2-3, push; IP packets with their network header set (CheckIPHeader)
//   input 0   from clients
//   input 1   from backends
//   output 0  to backends: destination and destination annotation rewritten
//   output 1  to clients: source rewritten, destination annotation set; also resets
//   output 2  what is not the balancer's business, unchanged; without this output it is dropped and counted
// =Arguments
//   VIP              String   `tcp|udp ADDR:PORT random|round-robin ADDR:PORT...`; at least one, repeatable
//   UNKNOWN          Word     drop, reset or pick: what becomes of client packets in the middle of an unknown TCP flow; drop
//   CAPACITY         Integer  bindings; a full table refuses new flows, and counts them; 1000000
//   TCP_ESTABLISHED  Seconds  idle lifetime of an established flow (RFC 5382); 7440
//   TCP_TRANSITORY   Seconds  idle lifetime of a flow that begins or ends (RFC 5382); 240
//   UDP              Seconds  idle lifetime of a UDP flow (RFC 4787); 300
// =Handlers
//   import    w  put and del lines, all parsed before any is applied; other VIPs' and backends' bindings are refused
//   export    r  the whole table as put lines
//   remove    w  keys, one PROTO SADDR:SPORT DADDR:DPORT a line
//   clear     w  forgets every binding
//   count     r  number of bindings
//   digest    r  COUNT HEX16, the order-independent sum of FNV-1a 64 over the tuples of every binding
//   lookup    r  with a key as parameter: the put line of that binding, or nothing
//   stats     r  NAME VALUE lines; the names are explained at the enumeration Count
//   vips      r  `vip PROTO ADDR:PORT CHOOSE chosen FLOWS`, then `backend ADDR:PORT chosen FLOWS forward PACKETS reverse PACKETS`
//   capacity  r  CAPACITY
// =Source docs/architecture.md; RFC 1624 checksums, RFC 5382 and 4787 lifetimes, RFC 5508 ICMP errors, RFC 9293 resets

#if HAVE_BATCH
class MinionLB : public BatchElement {
#else
class MinionLB : public Element {
#endif
  public:
    MinionLB() CLICK_COLD;
    ~MinionLB() CLICK_COLD;

    const char *class_name() const { return "MinionLB"; }
    const char *flags() const { return "T"; }  // several threads may push at once
    const char *port_count() const { return "2/2-3"; }
    const char *processing() const { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) CLICK_COLD;
    int initialize(ErrorHandler *errh) CLICK_COLD;
    void add_handlers() CLICK_COLD;
    void take_state(Element *old, ErrorHandler *errh) CLICK_COLD;
    void *cast(const char *name);

    void push(int port, Packet *p);
#if HAVE_BATCH
    void push_batch(int port, PacketBatch *batch);
#endif
    void run_timer(Timer *timer);

    // What is counted; the words of `stats` are in the source, in the same order.
    enum Count {
        applied, unchanged, stale, refused, removed,  // import and remove, by record
        new_flows, picked,                            // bindings made here; picked: in the middle of a flow
        forward, reverse, icmp_errors, passed,        // packets that left; passed: by output 2
        resets,                                       // sent
        drop_unknown, drop_backend_unknown, drop_fragment, drop_malformed, drop_refused, drop_icmp, drop_unrouted,
        n_counts
    };

  private:
    typedef mimi::BindingTable::Record Record;
    typedef mimi::BindingTable::Probe Probe;
    enum Unknown { unknown_drop, unknown_reset, unknown_pick };
    enum Handle { h_import, h_export, h_remove, h_clear, h_count, h_digest, h_lookup, h_stats, h_vips, h_capacity };

    mimi::BackendPool _pool;
    std::unique_ptr<mimi::BindingTable> _table;
    Unknown _unknown = unknown_drop;
    uint32_t _tcp_established_s = 7440;  // RFC 5382, REQ-5: 2 h 4 min
    uint32_t _tcp_transitory_s = 240;    // RFC 5382, REQ-5: 4 min
    uint32_t _udp_s = 300;               // RFC 4787, REQ-5
    std::atomic<bool> _growing;          // somebody makes the table's next chunk
    uint64_t _last_seq = 0;              // under the table's lock, like the pool's choice
    mimi::ThreadCounts _counts;          // those of Count, then packets forward and reverse of each backend
    Timer _timer;

    // A packet under way. `to` is the output that `p` leaves by, or one of Fate.
    struct Item {
        Packet *p;
        mimi::PacketView view;
        Probe probe;
        uint16_t vip;
        int to;
    };
    enum Fate { gone = -1, begins = -2 };
    // What the packets of one group have in common.
    struct Group {
        int port;
        uint32_t now;
        mimi::ThreadCounts::Count *counts;
        bool locked;

        void count(int which) const { mimi::ThreadCounts::step(counts[which]); }
    };
    enum : unsigned { group_size = 32 };

    static uint32_t now_s();
    uint64_t next_seq(uint64_t clock, uint64_t after);

    void work(int port, Item *items, unsigned n);
    void begin_flows(Group &g, Item *items, unsigned n);
    void grow_beside();
    mimi::FlowBinding new_binding(const Item &item, uint64_t clock, const Record *before, uint16_t &backend);

    // Each decides over a packet: changes it, or replaces it, and returns its `to`.
    int handle(const Group &g, Item &item);
    int handle_flow(const Group &g, Item &item, Record *r);
    int handle_icmp_error(const Group &g, Item &item, const Record *r);
    int handle_mid_flow(const Group &g, Item &item);
    int rewrite(const Group &g, Item &item, Record *r);
    int pass(const Group &g, Item &item);
    int drop(const Group &g, Item &item, Count reason);

    void look(int port, Item &item) const;
    Record *find(const Group &g, const Item &item) const;
    uint32_t lifetime(uint8_t proto, mimi::FlowState state) const;
    uint16_t owner_of(const mimi::FlowBinding &b) const;

    int import_text(const String &text, ErrorHandler *errh);
    void apply(const mimi::FlowUpdate *updates, size_t n, uint32_t now);
    int remove_keys(const String &text, ErrorHandler *errh);
    String export_text();
    String vips_text();
    String stats_text() const;
    int lookup_text(String &text, ErrorHandler *errh);
    String digest_text();
    String count_text();
    void clear();
    void reap();
    static String read_handler(Element *e, void *thunk) CLICK_COLD;
    static int write_handler(const String &text, Element *e, void *thunk, ErrorHandler *errh) CLICK_COLD;
    static int lookup_handler(int operation, String &text, Element *e, const Handler *, ErrorHandler *errh) CLICK_COLD;
};

CLICK_ENDDECLS
#endif
