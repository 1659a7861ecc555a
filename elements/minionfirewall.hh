// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_MINIONFIREWALL_HH
#define MIMI_MINIONFIREWALL_HH
#include "firewallfamily.hh"
#include "minionbox.hh"
CLICK_DECLS

// Theory of operation
//
// The firewall stands between *inside* and *outside*, and translates nothing. *Rules* decide over packets that begin a flow, in
// order, the first that matches; packets of a flow that began follow it, both ways, whatever the rules say of them. Flows are
// bindings whose translated tuple is the original one. They are made here when flows begin, and imported, while packets flow,
// from the primary that this element stands in for.
//
// One packet walked through. Host h inside, server s outside; rule `allow from inside tcp any any:443`, default deny:
//
//   1  h:4000 > s:443 SYN        input 0, no flow. The rule matches: remember the flow, state new, and the SYN's sequence numbers
//   2  s:443 > h:4000 SYN ACK    input 1. The flow, from the other side; it acknowledges that SYN: leaves by output 1
//   3  h:4000 > s:443 ACK        established now: it may be idle for two hours
//   4  s:443 > h:4000 ACK        data within h's window. Beyond it, or acknowledging what h never sent: dropped, drop_window
//   5  x:9 > h:22 SYN            input 1, no flow; no rule matches, so the default: dropped, drop_denied
//   6  h:5000 > s:443 ACK        the middle of a flow that nobody knows: MID_FLOW strict drops it (UNKNOWN may reset it instead)
//                                until its record is imported; loose asks the rules as if it were a beginning
//   7  import put … h:5000 s:443 h:5000 s:443 …   the record. 6 is sent again: a hit. Windows are learned from the first packets
//                                (tcptrack.hh): a flow that is taken over is never cut for what the firewall has not seen
//                                A record that is imported again is learned again: the flow went on elsewhere meanwhile. So are
//                                all flows when no packet at all has come for 30 seconds (traffic was the primary's, which need
//                                not have had anything to tell of a flow), and when `relearn` says so
//   8  router > h ICMP "unreachable" about h:4000 > s:443   related: the packet inside is of a flow, and a sequence number that h
//                                may have sent. Any other error is dropped, drop_icmp
//   9  h FIN and s FIN, or RST   closed: four minutes more. A SYN meanwhile begins a flow of its own, if the rules let it
//
// What is not a flow. ICMP that is neither query nor error, and protocols other than TCP, UDP and ICMP, have no state: the rules
// decide over every packet, so both ways need a rule. Of a fragmented packet the first fragment is judged, and the others follow
// it (fragmentroutes.hh); TCP fragments that could overwrite the header that was judged are dropped (RFC 3128).
//
// SYNs that a flow has already got, resets and answers that do not fit: see tcptrack.hh. An ICMP query of another type than the
// one that its flow began with is no part of it: the rules decide.
//
// Limits. PER_SOURCE bounds the flows of one initiator. HALF_OPEN bounds TCP flows that were begun and not confirmed; the oldest
// makes way for the next, so that a flood of SYNs keeps nobody out (flowlimits.hh). Imported flows count, and are never refused.
// REJECT_RATE bounds the answers to rejected packets, resets and ICMP errors together (answerbudget.hh); who comes too late gets none.
//
// IPv6. The same, in a table of its own (boxfamily.hh), under one list of rules: one without addresses holds for both versions, `icmp`
// is IPv4's and `icmp6` IPv6's. Rules see what the extension headers lead to. ICMPv6 that is neither echo nor error is judged packet by
// packet; neighbour discovery, router advertisements and MLD are between neighbours, and end at the router around the element. An
// initiator, for PER_SOURCE, is an IPv6 network of 64 bits: a host has as many addresses of it as it likes. PER_SOURCE, HALF_OPEN and
// CAPACITY hold for each version, so that a flood of one does no harm to the other; REJECT_RATE is for both together.
//
// New rules. `rules` is replaced as a whole, while packets flow. Flows that have begun stay, even if the new rules deny them;
// `flush_denied` ends those. A flow whose initiator's side is not known yet (imported, no packet seen) is taken to be allowed if it
// would be from either side.
//
// Table, threads, handlers: minionbox.hh. The way of packets: boxpath.hh. Rules: firewallrule.hh, rulematcher.hh.
//
// Limits of the type. Outside its windows a packet is dropped only if the firewall has seen both SYNs of its flow
// (tcptrack.hh). The side from which a packet of a flow comes is not looked at, nor are source addresses: that is a router's
// business. SACK blocks are not checked. Answers to rejected packets bear the address of the packet's destination.

// =Element MinionFirewall(RULE ACTION from SIDE PROTO SOURCE DESTINATION [types TYPES]..., [keyword arguments])
// =Summary stateful firewall whose flows can be imported and exported while packets flow
// =Ports 2 / 2-3, push; IP packets with their network header set (CheckIPHeader, CheckIP6Header)
//   input 0   from inside
//   input 1   from outside
//   output 0  to outside: unchanged; also answers to what outside hosts sent
//   output 1  to inside: unchanged; also answers to what inside hosts sent
//   output 2  nothing: there for configurations that all types of boxes share. A firewall decides over every packet
// =Arguments
//   RULE             String   `allow|deny|reject from inside|outside|any PROTO SOURCE[:PORTS] DESTINATION[:PORTS] [types TYPES]`;
//                             repeatable. PROTO: any, tcp, udp, icmp, icmp6 or a number. Addresses: any, ADDR, ADDR/BITS,
//                             ADDR-ADDR, of IPv4 or IPv6, which takes [brackets] before ports.
//                             PORTS: 80,443,8000-8100. TYPES of ICMP and ICMPv6: echo-request,unreachable/4
//   DEFAULT          Word     deny, reject or allow, where no rule matches; deny
//   MID_FLOW         Word     strict or loose: whether a packet in the middle of an unknown TCP flow may begin it; strict
//   WINDOW           Boolean  whether sequence numbers must fit the windows; true
//   PER_SOURCE       Integer  flows that one initiator may have, an IPv4 address or an IPv6 network of 64 bits; 0 for any number; 0
//   HALF_OPEN        Integer  TCP flows of each version of IP that may wait for being confirmed; 0 for any number; 0
//   REJECT_RATE      Integer  answers to rejected packets a second, a tenth of them and at least ten in a burst; 0 for any number; 1000
//   UNKNOWN          Word     drop or reset: what becomes of packets in the middle of an unknown TCP flow; drop
//   CAPACITY         Integer  flows of each version of IP; a full table refuses new ones, and counts them; 1000000
//   TCP_ESTABLISHED  Seconds  idle lifetime of an established flow (RFC 5382); 7440
//   TCP_TRANSITORY   Seconds  idle lifetime of a flow that begins or has ended (RFC 5382); 240
//   UDP              Seconds  idle lifetime of a UDP flow (RFC 4787); 300
//   ICMP             Seconds  idle lifetime of an ICMP or ICMPv6 query (RFC 5508); 60
// =Handlers
//   import        w  put and del lines, all parsed before any is applied; bindings that translate are refused
//   export        r  the whole table as put lines
//   remove        w  keys, one PROTO SADDR:SPORT DADDR:DPORT a line
//   clear         w  forgets every flow
//   count         r  number of flows
//   digest        r  COUNT HEX16, the order-independent sum of FNV-1a 64 over the tuples of every binding
//   lookup        r  with a key as parameter: the put line of that flow, or nothing
//   stats         r  NAME VALUE lines; the names are explained at MinionBox::Count and at Count
//   rules         r  `NUMBER hits PACKETS RULE`, then `default hits PACKETS ACTION`: packets that were judged by it
//   rules         w  rules, one a line, all parsed before any counts; rules that stay keep their hits
//   flush_denied  w  ends the flows that the rules would not let begin now
//   relearn       w  forgets every flow's sequence numbers, which then are learned as after an import
//   sources       r  `ADDRESS FLOWS`, then `NETWORK/64 FLOWS`, each with the most first; with PER_SOURCE alone
//   capacity      r  CAPACITY
// =Source docs/architecture.md; RFC 9293 and 7323 windows, RFC 5961 resets, RFC 1858 and 3128 fragments, RFC 5508 and 5927 ICMP errors

class MinionFirewall : public MinionBox {
  public:
    MinionFirewall() CLICK_COLD;
    ~MinionFirewall() CLICK_COLD;

    const char *class_name() const { return "MinionFirewall"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) CLICK_COLD;
    void add_handlers() CLICK_COLD;
    void take_state(Element *old, ErrorHandler *errh) CLICK_COLD;
    void *cast(const char *name);
    bool has_queries() const { return true; }

    // What is counted besides.
    enum Count {
        stateless = MinionBox::n_counts,  // packets that left without a flow: ICMP of other kinds, other protocols
        aside,                            // packets that left and say nothing of their flow (tcptrack.hh)
        rejections,                       // ICMP answers sent; resets are counted as such
        recycled, flushed,                // flows: half-open ones that made way, those that flush_denied ended
        drop_denied, drop_window, drop_flags, drop_source, drop_half_open,
        drop_unanswered,                  // rejected, and no answer sent: REJECT_RATE
        n_counts
    };

  protected:
    std::vector<std::string> own_counts() const;

  private:
    enum OwnHandle { h_rules = h_own, h_flush_denied, h_relearn, h_sources };

    FirewallTerms _rules;
    FirewallFamily<uint32_t> _ip4;
    FirewallFamily<mimi::Address6> _ip6;

    int set_rules(const std::string &text, ErrorHandler *errh);
    String sources_text();
    static String read_handler(Element *e, void *thunk) CLICK_COLD;
    static int write_handler(const String &text, Element *e, void *thunk, ErrorHandler *errh) CLICK_COLD;
};

CLICK_ENDDECLS
#endif
