// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_MINIONNAT_HH
#define MIMI_MINIONNAT_HH
#include "minionbox.hh"
#include "translatorfamily.hh"
CLICK_DECLS

// Theory of operation
//
// An *endpoint* is an address and a port; for ICMP queries the identifier stands in the port's place. Inside endpoints are seen
// from outside as endpoints of the NAT's own: as those that STATIC binds them to, or as one of a POOL. Every flow is a binding
// in the table, whoever began it: orig is the initiator's packet as it arrives, xlat as it leaves towards the responder.
//
//   outbound  orig in:p > r:q         xlat ext:e > r:q      the source is given an outside endpoint
//   inbound   orig r:q > ext:e        xlat r:q > in:p       a static translation, or a mapping that FILTERING opens to r:q
//   hairpin   orig in:p > ext2:e2     xlat ext:e > in2:p2   both: two inside hosts that know each other by outside endpoints
//
// Any packet finds its flow by one lookup, from either side. Where it must come from is known then: a packet that claims an
// inside source but comes from outside, or the other way round, is none of the flow's.
//
// What living flows of an inside endpoint have in common is its *mapping* (natmappings.hh); it says which outside endpoint
// another flow shares (MAPPING) and who may begin one from outside (FILTERING). Outside ports that mappings use are marked
// (portpool.hh), no matter whether a packet or an import made them: a port that the primary may still use is never given out.
//
// One packet walked through. POOL 203.0.113.1, INSIDE 10.0.0.0/8, host h, server s:
//
//   1  h:4000 > s:80 SYN          input 0: no flow, a beginning. h:4000 has no mapping: it is paired with 203.0.113.1, port
//                                 4000 is free there and kept. Leaves output 0 as 203.0.113.1:4000 > s:80
//   2  s:80 > 203.0.113.1:4000    input 1: the reply key. Leaves output 1 as s:80 > h:4000
//   3  h:4000 > t:80 SYN          another flow, the same mapping: seen as 203.0.113.1:4000 as well
//   4  u:9 > 203.0.113.1:4000 SYN input 1, no flow. With FILTERING endpoint-independent it goes to h:4000, as an inbound flow;
//                                 otherwise it is dropped without an answer (RFC 5382, REQ-4)
//   5  g:4000 > s:80 SYN          4000 is taken: some other port that nobody can guess, as low or high and as odd as 4000
//   6  h:1 > 203.0.113.1:4000     hairpin: source mapped as in 1, destination as in 4; leaves output 1
//   7  import put … g:6000 s:80 203.0.113.1:4001 s:80 …  a flow of the primary: g:6000 has a mapping, 4001 is taken
//
// Lifetimes. An established TCP flow, and one of which only one side has said that it will send no more, may be idle for
// TCP_ESTABLISHED; one that is beginning, or has ended, for TCP_TRANSITORY (RFC 5382, REQ-5; RFC 7857, section 2). Packets of
// either side renew a flow; ICMP errors neither renew nor end it.
//
// Limits. A flow that would need an endpoint and a remote that another flow has is refused. IPv4 only. The identification of IP
// packets is left as it is (RFC 7857, section 10), as a Linux primary leaves it. ICMP replies begin no flow. MAPPING and
// FILTERING hold for all protocols alike. A pool address takes 8 KB for each protocol that hosts use on it.

// =Element MinionNAT(POOL ADDRESSES [PORTS]..., STATIC..., INSIDE NETWORK..., [keyword arguments])
// =Summary network address translator whose bindings can be imported and exported while packets flow
// =Ports 2 / 2-3, push; IP packets with their network header set (CheckIPHeader)
//   input 0   from inside
//   input 1   from outside
//   output 0  to outside: source rewritten, destination annotation set; also resets
//   output 1  to inside: destination rewritten, or both for a hairpin; destination annotation set; also resets
//   output 2  what is not the translator's business, unchanged; without this output it is dropped and counted
// =Arguments
//   POOL               String   `ADDR`, `ADDR-ADDR` or `ADDR/BITS`, then perhaps `PORT-PORT` (1024-65535); repeatable
//   STATIC             String   `tcp|udp ADDR:PORT[-PORT] ADDR:PORT[-PORT]` or `any ADDR ADDR`: outside and inside; repeatable
//   INSIDE             Prefix   the network whose addresses are translated; at least one, repeatable. `none`, without POOL and STATIC:
//                               nothing is translated
//   MAPPING            Word     endpoint-independent, address-dependent, address-and-port-dependent; endpoint-independent
//   FILTERING          Word     the same words; address-and-port-dependent, as a Linux primary filters
//   POOLING            Word     paired: all ports of a host are of one address; arbitrary; paired
//   PORT_PRESERVATION  Boolean  a port that is free is kept; true
//   PORT_PARITY        Boolean  UDP ports stay even or odd; true
//   HAIRPINNING        Boolean  inside hosts reach each other by outside endpoints; true
//   UNKNOWN            Word     drop, reset or pick: what becomes of packets in the middle of an unknown TCP flow; drop
//   CAPACITY           Integer  bindings; a full table refuses new flows, and counts them; 1000000
//   TCP_ESTABLISHED    Seconds  idle lifetime of an established flow (RFC 5382); 7440
//   TCP_TRANSITORY     Seconds  idle lifetime of a flow that begins or has ended (RFC 5382); 240
//   UDP                Seconds  idle lifetime of a UDP flow (RFC 4787); 300
//   ICMP               Seconds  idle lifetime of a flow of queries (RFC 5508); 60
// =Handlers
//   import    w  put and del lines, all parsed before any is applied; bindings that this NAT could not make are refused
//   export    r  the whole table as put lines
//   remove    w  keys, one PROTO SADDR:SPORT DADDR:DPORT a line
//   clear     w  forgets every binding
//   count     r  number of bindings
//   digest    r  COUNT HEX16, the order-independent sum of FNV-1a 64 over the tuples of every binding
//   lookup    r  with a key as parameter: the put line of that binding, or nothing
//   stats     r  NAME VALUE lines; the names are explained at MinionBox::Count and at Count
//   mappings  r  `PROTO INSIDE OUTSIDE flows N` lines, with `remote ENDPOINT` before `flows` where MAPPING depends on it
//   pools     r  `pool FIRST-LAST PORT-PORT`, then for each of its addresses `address ADDR tcp USED FREE udp USED FREE icmp USED FREE`
//   capacity  r  CAPACITY
// =Source docs/architecture.md; RFC 4787, 5382, 5508, 7857; RFC 6056 ports, RFC 1624 checksums, RFC 9293 resets

class MinionNAT : public MinionBox {
  public:
    MinionNAT() CLICK_COLD;
    ~MinionNAT() CLICK_COLD;

    const char *class_name() const { return "MinionNAT"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) CLICK_COLD;
    void add_handlers() CLICK_COLD;
    void take_state(Element *old, ErrorHandler *errh) CLICK_COLD;
    void *cast(const char *name);
    bool has_queries() const { return true; }

    // What is counted besides. hairpins: packets between inside hosts, counted as forward or reverse too.
    enum Count { hairpins = MinionBox::n_counts, drop_unsolicited, drop_hairpin, drop_no_port, n_counts };

  protected:
    std::vector<std::string> own_counts() const;

  private:
    enum NatHandle { h_mappings = h_own, h_pools };

    TranslatorFamily _ip4;

    static String read_handler(Element *e, void *thunk) CLICK_COLD;
};

CLICK_ENDDECLS
#endif
