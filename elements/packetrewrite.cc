// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "packetfamily.hh"
#include <click/glue.hh>
#include <mimi/sack.hh>

namespace mimi {

namespace {

template <class A> uint32_t change_of_ports(const FlowTupleOf<A> &from, const FlowTupleOf<A> &to)
{
    return change16(from.sport, to.sport) + change16(from.dport, to.dport);
}

// Returns what the checksum has to change by.
uint32_t shift_tcp(unsigned char *tcp, const TcpShift &shift)
{
    const unsigned header_bytes = unsigned(tcp[12] >> 4) * 4;
    const uint32_t before = fold(sum_words(tcp, header_bytes));
    store32(tcp + 4, htonl(ntohl(load32(tcp + 4)) + shift.seq));
    if (tcp[13] & tcp_ack)
        store32(tcp + 8, htonl(ntohl(load32(tcp + 8)) + shift.ack));
    if (shift.ack)
        for_each_sack_edge(tcp, header_bytes, [&](unsigned char *edge) {
            store32(edge, htonl(ntohl(load32(edge)) + shift.ack));
        });
    return change16(uint16_t(before), fold(sum_words(tcp, header_bytes)));
}

// Gives a query the identifier of a tuple; returns what the checksum has to change by.
template <class A> uint32_t change_query(unsigned char *icmp, const FlowTupleOf<A> &to)
{
    const uint16_t before = load16(icmp + 4), after = uint16_t(to.sport | to.dport);
    store16(icmp + 4, after);
    return change16(before, after);
}

// The beginning of a query inside an ICMP error: at least eight bytes.
template <class A> void rewrite_quoted_query(unsigned char *icmp, uint32_t addresses, const FlowTupleOf<A> &to)
{
    const uint32_t change = change_query(icmp, to) + PacketFamily<A>::icmp_change(addresses);
    update_sum(icmp + icmp_sum_at, change);
}

// The same of a TCP or UDP packet.
template <class A>
void rewrite_quoted(unsigned char *transport, unsigned bytes, const FlowKeyOf<A> &from, uint32_t addresses, const FlowTupleOf<A> &to,
                    uint32_t shifted)
{
    uint32_t change = addresses + change_of_ports(from.tuple, to);
    store16(transport, to.sport);
    store16(transport + 2, to.dport);
    if (from.proto != proto_tcp) {
        update_udp_sum(transport + udp_sum_at, change);
        return;
    }
    const uint32_t seq = load32(transport + 4), back = htonl(ntohl(seq) - shifted);
    store32(transport + 4, back);
    change += change32(seq, back);
    if (bytes >= tcp_sum_at + 2)
        update_sum(transport + tcp_sum_at, change);
}

// A whole ICMP message's checksum as it ought to be, if the one that it carries counts as zero; 0 if that one is right.
template <class A> uint16_t icmp_sum(const unsigned char *ip, const unsigned char *icmp, unsigned bytes)
{
    const uint32_t sum = uint16_t(~click_in_cksum(icmp, int(bytes)));
    return uint16_t(~fold(sum + PacketFamily<A>::icmp_pseudo_sum(ip, bytes)));
}

bool partial_checksum(const Packet *p)
{
#ifdef MIMI_RUNTIME
    return p->csum_partial();
#else
    (void) p;
    return false;
#endif
}

}  // namespace

TcpShift tcp_shift(int32_t delta_fwd, int32_t delta_rev, Direction d)
{
    const uint32_t fwd = uint32_t(delta_fwd), rev = uint32_t(delta_rev);
    return d == Direction::forward ? TcpShift{fwd, 0 - rev} : TcpShift{rev, 0 - fwd};
}

template <class A>
void rewrite_flow(WritablePacket *p, const PacketViewOf<A> &view, const FlowTupleOf<A> &to, const TcpShift &shift)
{
    typedef PacketFamily<A> Family;
    unsigned char *ip = p->network_header();
    unsigned char *transport = ip + view.ip_bytes;
    const FlowTupleOf<A> &from = view.key.tuple;
    const bool tcp = view.key.proto == proto_tcp;
    const bool partial = partial_checksum(p);
    const uint32_t addresses = change_of_addresses(from, to);
    Family::store_addresses(ip, to.saddr, to.daddr, addresses);
    if (view.key.proto == Family::icmp) {
        const uint32_t own = change_query(transport, to);
        if (partial && AddressFamily<A>::version == 6)
            update_partial(transport + icmp_sum_at, addresses);
        else
            update_sum(transport + icmp_sum_at, own + Family::icmp_change(addresses));
        return;
    }
    uint32_t change = addresses + change_of_ports(from, to);
    store16(transport, to.sport);
    store16(transport + 2, to.dport);
    if (tcp && (shift.seq || shift.ack))
        change += shift_tcp(transport, shift);
    unsigned char *sum = transport + (tcp ? tcp_sum_at : udp_sum_at);
    if (partial)
        update_partial(sum, addresses);
    else if (tcp)
        update_sum(sum, change);
    else
        update_udp_sum(sum, change);
}

template <class A> void rewrite_fragment(WritablePacket *p, const A &saddr, const A &daddr)
{
    typedef PacketFamily<A> Family;
    unsigned char *ip = p->network_header();
    const A from = Family::load(ip + Family::saddr_at), to = Family::load(ip + Family::daddr_at);
    if (from == saddr && to == daddr)
        return;
    Family::store_addresses(ip, saddr, daddr, Family::change(from, saddr) + Family::change(to, daddr));
}

template <class A>
bool rewrite_icmp_error(WritablePacket *p, const PacketViewOf<A> &view, const FlowBindingOf<A> &b, Direction d, A sender)
{
    typedef PacketFamily<A> Family;
    unsigned char *ip = p->network_header();
    unsigned char *icmp = ip + view.ip_bytes;
    unsigned char *quoted = icmp + icmp_header;
    TransportPlace t;
    if (icmp_sum<A>(ip, icmp, view.transport_bytes) != 0 || !Family::find_quoted(quoted, view.transport_bytes - icmp_header, t))
        return false;
    const FlowTupleOf<A> out = b.outgoing(d);
    const FlowTupleOf<A> quoted_to = out.reversed();
    const FlowTupleOf<A> &from = view.key.tuple;
    const uint32_t addresses = change_of_addresses(from, quoted_to);
    Family::store_addresses(quoted, quoted_to.saddr, quoted_to.daddr, addresses);
    if (view.key.proto == Family::icmp) {
        rewrite_quoted_query(quoted + t.at, addresses, quoted_to);
    } else {
        // The quoted packet left with its sequence number shifted: shift it back.
        const uint32_t shifted = tcp_shift(b, d == Direction::forward ? Direction::reverse : Direction::forward).seq;
        rewrite_quoted(quoted + t.at, t.bytes, view.key, addresses, quoted_to, shifted);
    }
    const bool from_flow = view.saddr == from.daddr;
    const A saddr = !AddressFamily<A>::is_unspecified(sender) ? sender : from_flow ? out.saddr : view.saddr;
    const uint32_t outer = Family::change(view.saddr, saddr) + Family::change(view.daddr, out.daddr);
    Family::store_addresses(ip, saddr, out.daddr, outer);
    store16(icmp + icmp_sum_at, 0);
    store16(icmp + icmp_sum_at, icmp_sum<A>(ip, icmp, view.transport_bytes));
    return true;
}

template void rewrite_flow(WritablePacket *, const PacketView &, const FlowTuple &, const TcpShift &);
template void rewrite_flow(WritablePacket *, const PacketView6 &, const FlowTuple6 &, const TcpShift &);
template void rewrite_fragment(WritablePacket *, const uint32_t &, const uint32_t &);
template void rewrite_fragment(WritablePacket *, const Address6 &, const Address6 &);
template bool rewrite_icmp_error(WritablePacket *, const PacketView &, const FlowBinding &, Direction, uint32_t);
template bool rewrite_icmp_error(WritablePacket *, const PacketView6 &, const FlowBinding6 &, Direction, Address6);

}  // namespace mimi

ELEMENT_PROVIDES(PacketRewrite)
ELEMENT_REQUIRES(FlowBinding PacketReset PacketView PacketView6)
