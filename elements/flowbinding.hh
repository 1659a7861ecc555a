// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FLOWBINDING_HH
#define MIMI_FLOWBINDING_HH
#include <cstddef>
#include <cstdint>
#include <string>
#include "addresstext.hh"
#include "flowaddress.hh"

// The value of one binding, and its text.
//
// A *flow* is named by its original tuple, as the first packet of its client carried it. Its *binding* is what the
// middlebox decided: the translated tuple, as packets leave towards the responder. A packet of the responder carries
// the translated tuple reversed; that is the flow's *reply key*.
//
// Text form (docs/architecture.md): `put SEQ PROTO S:P D:P XS:XP XD:XP LIFETIME_S [state=WORD] [delta=FWD,REV]`,
// `del SEQ PROTO S:P D:P`, and the bare key `PROTO S:P D:P`. The text is canonical: no leading zeros, one space
// between fields, so that parsing and writing are inverses in both directions. A flow's addresses are of one family, and S:P of
// IPv6 is `[S]:P`. flowreader.hh reads it.
//
// PROTO is tcp or udp, or icmp (icmp6 for IPv6) for a flow of ICMP queries: those have one number, the query identifier, for both
// ports' place. It is the source port of queries and the destination port of replies, and the other port is 0.

namespace mimi {

enum : uint8_t { proto_icmp = 1, proto_tcp = 6, proto_udp = 17, proto_icmp6 = 58 };

// `unknown` is the state of a flow that was imported without one.
enum class FlowState : uint8_t { unknown, fresh, established, closing, closed };

// The word of the text form (`new` for fresh); empty for unknown.
const char *flow_state_word(FlowState state);

// Direction of a packet: forward is client to backend, matched against the original tuple; reverse is backend to
// client, matched against the reply key. The two never mix, so equal tuples of different directions do not collide.
enum class Direction : uint8_t { forward, reverse };

// Addresses and ports in network byte order, as packets carry them.
template <class A> struct FlowTupleOf {
    A saddr;
    A daddr;
    uint16_t sport;
    uint16_t dport;

    FlowTupleOf reversed() const { return FlowTupleOf{daddr, saddr, dport, sport}; }
    bool operator==(const FlowTupleOf &o) const
    {
        return saddr == o.saddr && daddr == o.daddr && sport == o.sport && dport == o.dport;
    }
    bool operator!=(const FlowTupleOf &o) const { return !(*this == o); }
};
typedef FlowTupleOf<uint32_t> FlowTuple;
typedef FlowTupleOf<Address6> FlowTuple6;

template <class A> struct FlowKeyOf {
    FlowTupleOf<A> tuple;
    uint8_t proto;

    bool operator==(const FlowKeyOf &o) const { return proto == o.proto && tuple == o.tuple; }
};
typedef FlowKeyOf<uint32_t> FlowKey;
typedef FlowKeyOf<Address6> FlowKey6;

template <class A> struct FlowBindingOf {
    typedef A Address;

    uint64_t seq;         // microseconds since the Unix epoch; the newest wins
    FlowTupleOf<A> orig;
    FlowTupleOf<A> xlat;
    int32_t delta_fwd;    // added to the TCP sequence numbers of client packets, modulo 2^32
    int32_t delta_rev;    // the same for backend packets
    uint32_t lifetime_s;  // what remains, at the time of import or export
    uint8_t proto;        // one of proto_…; 0 marks a record that is not in use
    FlowState state;
    uint16_t flags;       // the owner's, not part of the text

    FlowKeyOf<A> key() const { return FlowKeyOf<A>{orig, proto}; }
    FlowKeyOf<A> reply_key() const { return FlowKeyOf<A>{xlat.reversed(), proto}; }
    // The tuple that a packet of this direction carries when it leaves.
    FlowTupleOf<A> outgoing(Direction d) const { return d == Direction::forward ? xlat : orig.reversed(); }
};
typedef FlowBindingOf<uint32_t> FlowBinding;
typedef FlowBindingOf<Address6> FlowBinding6;
static_assert(sizeof(FlowBinding) == 48, "a record must fit a cache line");

// Longest possible line, newline included, rounded up.
enum : size_t { flow_text_max = 320 };

// Each writes at `out` (room for flow_text_max), returns the end, adds neither newline nor NUL.
template <class A> char *write_key(char *out, const FlowKeyOf<A> &key);
template <class A> char *write_identity(char *out, const FlowBindingOf<A> &b);  // PROTO S:P D:P XS:XP XD:XP, what the digest covers
template <class A> char *write_put(char *out, const FlowBindingOf<A> &b);
template <class A> char *write_del(char *out, uint64_t seq, const FlowKeyOf<A> &key);

// FNV-1a 64 of the identity text. A table's digest is the sum of these, so order does not matter.
template <class A> uint64_t identity_hash(const FlowBindingOf<A> &b);

}  // namespace mimi
#endif
