// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_PACKETREWRITE_HH
#define MIMI_PACKETREWRITE_HH
#include <click/config.h>
#include <click/packet.hh>
#include <clicknet/ip.h>
#include <clicknet/tcp.h>
#include <cstring>
#include "flowbinding.hh"

// Reading a packet's flow and giving it another one. Pure functions on header bytes, used by every rewriting element. `A` is the
// type of address, and so says whether a packet is IPv4 or IPv6 (flowaddress.hh).
//
// Checksums are updated, never computed anew (RFC 1624, equation 3), so that a packet that arrived damaged leaves damaged,
// and the cost does not depend on its length. A packet that the host has not finished (partial checksum, common with
// segmentation offload) carries the sum of the pseudo-header alone, not inverted: an address changes it, a port does not.
//
// IPv6. Between the IP header and that of the transport there may be others: hop-by-hop and destination options, a routing header
// whose way is done, a fragment header. They are walked over and stay as they are. What cannot be walked over (encrypted,
// authenticated, a routing header with segments left, more than a few headers) is of kind `other`.

namespace mimi {

// What a packet is to a rewriter of TCP and UDP flows.
enum class PacketKind : uint8_t {
    flow,        // TCP or UDP with a whole transport header, or an ICMP query or its answer
    fragment,    // a later fragment: carries no ports
    icmp_error,  // unreachable, time exceeded, parameter problem, source quench or packet too big, with a packet of a flow inside
    other,       // anything else
    malformed    // headers that are cut short or contradict themselves
};

template <class A> struct PacketViewOf {
    PacketKind kind;
    uint8_t tcp_flags;        // 0 but for TCP
    bool more_fragments;      // flow: the first fragment of a datagram, of which others follow
    A saddr, daddr;           // of the outer header, network order; 0 if that is malformed
    uint16_t ip_bytes;        // IP header length, IPv6 with all headers before the transport's
    uint16_t transport_bytes; // of the IP packet, without those
    FlowKeyOf<A> key;         // flow: the packet's own; icmp_error: that of the packet inside
};
typedef PacketViewOf<uint32_t> PacketView;
typedef PacketViewOf<Address6> PacketView6;

// The packet must have its network header set. `queries`: ICMP queries are flows, by their identifier (flowbinding.hh).
template <class A> PacketViewOf<A> view_packet_of(const Packet *p, bool queries = false);
template <> PacketView view_packet_of<uint32_t>(const Packet *p, bool queries);
template <> PacketView6 view_packet_of<Address6>(const Packet *p, bool queries);
inline PacketView view_packet(const Packet *p, bool queries = false)
{
    return view_packet_of<uint32_t>(p, queries);
}

// Which piece of a datagram a packet is. An IPv6 packet without fragment header, and an atomic fragment (RFC 6946), is whole.
struct FragmentPlace {
    uint32_t id;      // as it lies in memory
    uint16_t offset;  // bytes
    bool more;
    uint8_t proto;    // IPv6: what the headers lead to; of a later piece what follows the fragment header, often not the same
};
// The packet's headers must not be malformed.
template <class A> FragmentPlace fragment_place(const Packet *p);
template <> FragmentPlace fragment_place<uint32_t>(const Packet *p);
template <> FragmentPlace fragment_place<Address6>(const Packet *p);

// TCP sequence shifts of one direction: `seq` is added to the sequence number, `ack` to acknowledgement and SACK numbers.
struct TcpShift {
    uint32_t seq;
    uint32_t ack;
};
TcpShift tcp_shift(int32_t delta_fwd, int32_t delta_rev, Direction d);
template <class A> inline TcpShift tcp_shift(const FlowBindingOf<A> &b, Direction d)
{
    return tcp_shift(b.delta_fwd, b.delta_rev, d);
}

// Gives a packet of kind `flow` the tuple `to`.
template <class A>
void rewrite_flow(WritablePacket *p, const PacketViewOf<A> &view, const FlowTupleOf<A> &to, const TcpShift &shift);

// Gives a later fragment other addresses.
template <class A> void rewrite_fragment(WritablePacket *p, const A &saddr, const A &daddr);

// Translates an ICMP error that travels in direction `d` about a packet of binding `b` that travelled the other way, so that
// its receiver recognises the packet as its own (RFC 5508, section 4.2). False: its checksum is wrong, nothing is changed.
// `sender` is the error's source from now on; 0: only the flow's own end is hidden, a router on the way keeps its address.
template <class A>
bool rewrite_icmp_error(WritablePacket *p, const PacketViewOf<A> &view, const FlowBindingOf<A> &b, Direction d, A sender = A());

// A new packet: the reset that answers `p`, which is of kind `flow` and TCP (RFC 9293, section 3.5.2).
// Null for a reset, which is never answered, or without memory.
template <class A> WritablePacket *make_reset(const Packet *p, const PacketViewOf<A> &view);

// The packet's own addresses, as they are now.
template <class A> inline void read_addresses(const Packet *p, A &saddr, A &daddr)
{
    const unsigned char *ip = p->network_header() + (AddressFamily<A>::version == 4 ? 12 : 8);
    memcpy(&saddr, ip, sizeof(A));
    memcpy(&daddr, ip + sizeof(A), sizeof(A));
}

// The annotation by which routing goes.
inline void set_destination(Packet *p, uint32_t addr)
{
    p->set_dst_ip_anno(IPAddress(addr));
}
inline void set_destination(Packet *p, const Address6 &addr)
{
    addr.to_bytes(p->anno_u8() + Packet::dst_ip6_anno_offset);
}
inline void read_destination(const Packet *p, uint32_t &addr)
{
    addr = p->dst_ip_anno().addr();
}
inline void read_destination(const Packet *p, Address6 &addr)
{
    addr = Address6::from_bytes(p->anno_u8() + Packet::dst_ip6_anno_offset);
}

}  // namespace mimi
#endif
