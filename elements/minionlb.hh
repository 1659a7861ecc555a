// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_MINIONLB_HH
#define MIMI_MINIONLB_HH
#include <click/config.h>
#include "balancerfamily.hh"
#include "minionbox.hh"
CLICK_DECLS

// Theory of operation
//
// A *VIP* is the protocol, address and ports that clients speak to; behind it stand *backends* (backendpool.hh). A *binding* says
// to which backend a flow goes. The element rewrites the destination of client packets to the backend (*forward*) and the
// source of backend packets to the VIP (*reverse*). Bindings are made here when a flow begins, and imported, while packets
// flow, from the primary that this element stands in for. Both kinds are alike in the table; the newest sequence number wins.
//
// A VIP's MODE says what is rewritten:
//
//   dnat      the backend's address, and port if it has one, for the VIP's. Clients keep theirs
//   full-nat  an address and port of SNAT for the client's, too: answers come back here whatever the backend's routes are
//   direct    nothing. The destination annotation names the backend, for the link address; it owns the VIP's address itself and
//             answers the client without us. Bindings are written as for dnat, with the VIP's port

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
// Two flows that a backend could not tell apart, because the same client uses the same port towards two VIPs, are never both sent
// to it: the second goes to the next backend in line. With full NAT it gets another source.
//
// Backends come and go by handlers, every line of which is checked before any is applied. No change but backend_purge touches a
// flow. A hot swap keeps what was changed so, except where the new configuration says something new.
//
// With MODE direct the element sees one half of each flow. It takes the other half for granted: a client's word makes a flow
// established, its end closing; a backend's reset is not seen, and the flow idles away.
//
// Table, threads, handlers: minionbox.hh. The way of packets: balancerfamily.hh, boxpath.hh. A VIP, its backends and the addresses it sends from
// are of one version of IP; one element serves VIPs of both.
//
// Limits. Later fragments to a VIP's or from a backend's address whose first fragment does not come are dropped and counted.

// =Element MinionLB(VIP PROTO ADDR:PORT[-PORT] CHOOSE BACKEND[:PORT] [weight W]..., [VIP ..., keyword arguments])
// =Summary layer 4 load balancer whose bindings can be imported and exported while packets flow
// =Ports 2 / 2-3, push; IPv4 and IPv6 packets with their network header set (CheckIPHeader, CheckIP6Header)
//   input 0   from clients
//   input 1   from backends
//   output 0  to backends: destination and destination annotation rewritten; with MODE direct the annotation alone
//   output 1  to clients: source rewritten, destination annotation set; also resets
//   output 2  what is not the balancer's business, unchanged; without this output it is dropped and counted
// =Arguments
//   VIP              String   `tcp|udp ADDR:PORT[-PORT] CHOOSE [MODE M] [SNAT S]... [SEED N] [HASH nftables] BACKEND[:PORT] [weight W]...`, see below; at least one, repeatable
//   UNKNOWN          Word     drop, reset or pick: what becomes of client packets in the middle of an unknown TCP flow; drop
//   BACKENDS         Integer  backends that there may be at once, of each version of IP, those included that are added while running; those configured and 1024 more
//   CAPACITY         Integer  bindings of each version of IP; a full table refuses new flows, and counts them; 1000000
//   TCP_ESTABLISHED  Seconds  idle lifetime of an established flow (RFC 5382); 7440
//   TCP_TRANSITORY   Seconds  idle lifetime of a flow that begins or ends (RFC 5382); 240
//   UDP              Seconds  idle lifetime of a UDP flow (RFC 4787); 300
// =VIPs
//   CHOOSE  random, round-robin (in turn, whatever they weigh), weighted (in turn by weight), least-connections (fewest bindings for
//           its weight), source-hash (by the client's address), flow-hash (by the 5-tuple), maglev (by the 5-tuple, NSDI 2016)
//   MODE    dnat, full-nat or direct; dnat
//   ADDR    IPv4, or IPv6: `[2001:db8::10]:80`, a backend without port `2001:db8::11`, SNAT `2001:db8::1-2001:db8::9` or
//           `[2001:db8::1]-[2001:db8::9]:5000-5999`; handlers alike. Written as in RFC 5952, in hexadecimal groups only
//   SNAT    `ADDR[-ADDR][:PORT-PORT]`, repeatable: what full-nat sends from; ports 1024-65535
//   SEED    what the three hashes begin with: two balancers with the same choose alike (choicehash.hh); a random number
//   HASH    nftables: source-hash and flow-hash as a Linux primary's rule, `jhash ip saddr mod N seed SEED` or `jhash ip saddr .
//           ip daddr . th sport . th dport mod N seed SEED` (IPv6: ip6 for ip), N the sum of the weights. UNKNOWN pick is right then even without records
//   BACKEND without a port keeps the port that the client spoke to
//   weight  from 0 (no new flows) to 65535; 1
// =Handlers
//   import    w  put and del lines, all parsed before any is applied; other VIPs' and backends' bindings are refused
//   export    r  the whole table as put lines
//   remove    w  keys, one PROTO SADDR:SPORT DADDR:DPORT a line
//   clear     w  forgets every binding
//   count     r  number of bindings
//   digest    r  COUNT HEX16, the order-independent sum of FNV-1a 64 over the tuples of every binding
//   lookup    r  with a key as parameter: the put line of that binding, or nothing
//   stats     r  NAME VALUE lines; the names are explained at MinionBox::Count and at Count
//   vips      r  `vip PROTO ADDR:PORT[-PORT] CHOOSE chosen FLOWS mode MODE`, then `backend ADDR[:PORT] chosen FLOWS forward PACKETS reverse PACKETS weight W state STATE flows BINDINGS`; STATE is active, draining, down or removed
//   backend_add     w  lines `PROTO ADDR:PORT[-PORT] BACKEND[:PORT] [WEIGHT]`, the VIP and its new backend; one that is draining or removed comes back
//   backend_drain   w  lines `PROTO ADDR:PORT[-PORT] BACKEND[:PORT]`: no new flows, until it is added again
//   backend_remove  w  the same: no new flows and no imported ones; it leaves the list with its last flow
//   backend_weight  w  lines `PROTO ADDR:PORT[-PORT] BACKEND[:PORT] WEIGHT`
//   backend_down    w  lines as for drain: it is not healthy and gets no new flows
//   backend_up      w  the same: it is healthy again
//   backend_purge   w  the same: forgets every binding of the backend, and counts them as removed
//   capacity  r  CAPACITY
// =Source docs/architecture.md; RFC 1624 checksums, RFC 5382 and 4787 lifetimes, RFC 5508 ICMP errors, RFC 6056 ports, RFC 9293 resets, RFC 8200 and 4443 for IPv6

class MinionLB : public MinionBox {
  public:
    MinionLB() CLICK_COLD;
    ~MinionLB() CLICK_COLD;

    const char *class_name() const { return "MinionLB"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) CLICK_COLD;
    void add_handlers() CLICK_COLD;
    void take_state(Element *old, ErrorHandler *errh) CLICK_COLD;
    void *cast(const char *name);

    // What is counted besides; then packets forward and reverse of each backend, IPv4's first.
    enum Count {
        drop_backend_unknown = MinionBox::n_counts,
        drop_no_backend,  // of a flow that no backend takes
        n_counts
    };

  protected:
    std::vector<std::string> own_counts() const;

  private:
    enum Handle { h_vips = h_own, h_add, h_drain, h_remove_backend, h_weight, h_down, h_up, h_purge };

    struct Vip {
        bool ip6;
        uint16_t number;  // in its family
    };

    std::vector<Vip> _vips;  // in the order of the configuration
    BalancerFamily<uint32_t> _ip4;
    BalancerFamily<mimi::Address6> _ip6;

    String vips_text();
    int change(const String &text, int what, ErrorHandler *errh);
    static String read_handler(Element *e, void *thunk) CLICK_COLD;
    static int write_handler(const String &text, Element *e, void *thunk, ErrorHandler *errh) CLICK_COLD;
};

CLICK_ENDDECLS
#endif
