// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_PACKETREWRITE_HH
#define MIMI_PACKETREWRITE_HH
#include <click/config.h>
#include <click/packet.hh>
#include <clicknet/ip.h>
#include <clicknet/tcp.h>
#include "flowbinding.hh"

// Reading a packet's flow and giving it another one. Pure functions on header bytes, used by every rewriting element.
//
// Checksums are updated, never computed anew (RFC 1624, equation 3), so that a packet that arrived damaged leaves damaged,
// and the cost does not depend on its length. A packet that the host has not finished (partial checksum, common with
// segmentation offload) carries the sum of the pseudo-header alone, not inverted: an address changes it, a port does not.

namespace mimi {

// What a packet is to a rewriter of TCP and UDP flows.
enum class PacketKind : uint8_t {
    flow,        // TCP or UDP with a whole transport header, or an ICMP query or its answer
    fragment,    // a later fragment: carries no ports
    icmp_error,  // unreachable, time exceeded, parameter problem or source quench, with a packet of a flow inside
    other,       // anything else
    malformed    // headers that are cut short or contradict themselves
};

struct PacketView {
    PacketKind kind;
    uint8_t tcp_flags;        // 0 but for TCP
    bool more_fragments;      // flow: the first fragment of a datagram, of which others follow
    uint32_t saddr, daddr;    // of the outer header, network order; 0 if malformed
    uint16_t ip_bytes;        // IP header length
    uint16_t transport_bytes; // of the IP packet, without the IP header
    FlowKey key;              // flow: the packet's own; icmp_error: that of the packet inside
};

// The packet must have its network header set. `queries`: ICMP queries are flows, by their identifier (flowbinding.hh).
PacketView view_packet(const Packet *p, bool queries = false);

// TCP sequence shifts of one direction: `seq` is added to the sequence number, `ack` to acknowledgement and SACK numbers.
struct TcpShift {
    uint32_t seq;
    uint32_t ack;
};
TcpShift tcp_shift(int32_t delta_fwd, int32_t delta_rev, Direction d);
inline TcpShift tcp_shift(const FlowBinding &b, Direction d)
{
    return tcp_shift(b.delta_fwd, b.delta_rev, d);
}

// Gives a packet of kind `flow` the tuple `to`.
void rewrite_flow(WritablePacket *p, const PacketView &view, const FlowTuple &to, const TcpShift &shift);

// Gives a later fragment other addresses.
void rewrite_fragment(WritablePacket *p, uint32_t saddr, uint32_t daddr);

// Translates an ICMP error that travels in direction `d` about a packet of binding `b` that travelled the other way, so that
// its receiver recognises the packet as its own (RFC 5508, section 4.2). False: its checksum is wrong, nothing is changed.
// `sender` is the error's source from now on; 0: only the flow's own end is hidden, a router on the way keeps its address.
bool rewrite_icmp_error(WritablePacket *p, const PacketView &view, const FlowBinding &b, Direction d, uint32_t sender = 0);

// A new packet: the reset that answers `p`, which is of kind `flow` and TCP (RFC 9293, section 3.5.2).
// Null for a reset, which is never answered, or without memory.
WritablePacket *make_reset(const Packet *p, const PacketView &view);

}  // namespace mimi
#endif
