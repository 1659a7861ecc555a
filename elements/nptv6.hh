// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_NPTV6_HH
#define MIMI_NPTV6_HH
#include <click/config.h>
#if HAVE_BATCH
# include <click/batchelement.hh>
#else
# include <click/element.hh>
#endif
#include <memory>
#include <mimi/threadcounts.hh>
#include "prefixmap.hh"
CLICK_DECLS

// Theory of operation
//
// The first bits of addresses are exchanged, and one 16-bit word of the address takes up the difference, so that the sum of the
// address stays the same. No checksum changes: not of TCP, UDP or ICMPv6, whatever they are wrapped in, encrypted or cut into fragments.
// There is no state, so nothing needs to be replicated: a minion with the primary's prefixes *is* the primary.
//
// An ICMPv6 error quotes the packet it is about. The quoted address on the inside is translated like any other, which keeps the
// error's checksum as well, also when a router sent it that has no internal address. Hosts inside that speak to each other by their outside addresses are sent back (hairpinning).

// =Element NPTv6(INTERNAL, EXTERNAL)
// =Summary stateless translation of IPv6 prefixes that changes no checksums
// =Ports 2 / 2-3, push; IPv6 packets that begin with their header
//   input 0   from inside
//   input 1   from outside
//   output 0  to outside: the source is external
//   output 1  to inside: the destination is internal, and in the annotation; hairpins too, whose source is external as well
//   output 2  what is not the translator's business, unchanged; without this output it is dropped and counted
// =Arguments
//   INTERNAL  IPv6 prefix  such as fd01:203:405::/48; at most 64 bits
//   EXTERNAL  IPv6 prefix  such as 2001:db8:1::/48; at most 64 bits
// =Handlers
//   stats  r  NAME VALUE lines: outbound inbound hairpins errors passed drop_no_place drop_malformed drop_unrouted
// =Source RFC 6296, RFC 8200 section 4 (extension headers), RFC 4443 section 2.4 (ICMPv6 errors)

#if HAVE_BATCH
class NPTv6 : public BatchElement {
#else
class NPTv6 : public Element {
#endif
  public:
    NPTv6() CLICK_COLD;

    const char *class_name() const { return "NPTv6"; }
    const char *flags() const { return "T"; }
    const char *port_count() const { return "2/2-3"; }
    const char *processing() const { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) CLICK_COLD;
    void add_handlers() CLICK_COLD;
    void take_state(Element *old, ErrorHandler *errh) CLICK_COLD;

    void push(int port, Packet *p);
#if HAVE_BATCH
    void push_batch(int port, PacketBatch *batch);
#endif

    // What is counted; the words of `stats` are in the source, in the same order.
    enum Count { outbound, inbound, hairpins, errors, passed, drop_no_place, drop_malformed, drop_unrouted, n_counts };

  private:
    std::unique_ptr<mimi::PrefixMap> _map;
    mimi::ThreadCounts _counts;

    int work(int port, Packet *&p);
    int other(Count &what) const;
    bool concerns(int port, const unsigned char *header) const;
    int translate(int port, unsigned char *header, const unsigned char *end, Count &what);
    bool translate_quoted(int port, unsigned char *header, const unsigned char *end);
    static String read_handler(Element *e, void *thunk) CLICK_COLD;
};

CLICK_ENDDECLS
#endif
