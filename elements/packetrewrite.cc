// SPDX-License-Identifier: Apache-2.0
#include "packetrewrite.hh"
#include <click/glue.hh>
#include <clicknet/icmp.h>
#include <clicknet/udp.h>
#include <mimi/checksumdelta.hh>
#include <mimi/sack.hh>
#include <cstring>

namespace mimi {

namespace {

const unsigned udp_header = 8;
const unsigned tcp_header = 20;
const unsigned icmp_header = 8;
const unsigned ip_header_min = 20;
const unsigned quoted_min = 8;  // what an ICMP error must quote of the transport header (RFC 792)
const uint8_t flag_fin = 0x01, flag_syn = 0x02, flag_rst = 0x04, flag_ack = 0x10;
const unsigned tcp_sum_at = 16, udp_sum_at = 6;

uint32_t change_of_addresses(const FlowTuple &from, const FlowTuple &to)
{
    return change32(from.saddr, to.saddr) + change32(from.daddr, to.daddr);
}

uint32_t change_of_ports(const FlowTuple &from, const FlowTuple &to)
{
    return change16(from.sport, to.sport) + change16(from.dport, to.dport);
}

// Returns what the checksum has to change by.
uint32_t shift_tcp(unsigned char *tcp, const TcpShift &shift)
{
    const unsigned header_bytes = unsigned(tcp[12] >> 4) * 4;
    const uint32_t before = fold(sum_words(tcp, header_bytes));
    store32(tcp + 4, htonl(ntohl(load32(tcp + 4)) + shift.seq));
    if (tcp[13] & flag_ack)
        store32(tcp + 8, htonl(ntohl(load32(tcp + 8)) + shift.ack));
    if (shift.ack)
        for_each_sack_edge(tcp, header_bytes, [&](unsigned char *edge) {
            store32(edge, htonl(ntohl(load32(edge)) + shift.ack));
        });
    return change16(uint16_t(before), fold(sum_words(tcp, header_bytes)));
}

bool is_error(uint8_t icmp_type)
{
    return icmp_type == 3 || icmp_type == 4 || icmp_type == 11 || icmp_type == 12;
}

// Where a query's identifier is in a tuple of ports: the source of a query, the destination of its answer. False: neither.
bool view_query(const unsigned char *icmp, FlowTuple &t)
{
    const uint8_t type = icmp[0];
    const bool asks = type == 8 || type == 13 || type == 15 || type == 17;
    const bool answers = type == 0 || type == 14 || type == 16 || type == 18;
    const uint16_t id = load16(icmp + 4);
    t.sport = asks ? id : 0;
    t.dport = asks ? 0 : id;
    return (asks || answers) && icmp[1] == 0;
}

uint16_t query_id(const FlowTuple &t)
{
    return uint16_t(t.sport | t.dport);
}

// What of the packet inside an ICMP error is there; false if too little to name its flow.
bool view_quoted(const unsigned char *quoted, unsigned bytes, bool queries, FlowKey &key)
{
    if (bytes < ip_header_min)
        return false;
    const unsigned hl = unsigned(quoted[0] & 15) * 4;
    const bool later_fragment = (ntohs(load16(quoted + 6)) & 0x1fff) != 0;
    if (quoted[0] >> 4 != 4 || hl < ip_header_min || bytes < hl + quoted_min || later_fragment)
        return false;
    key.proto = quoted[9];
    key.tuple = FlowTuple{load32(quoted + 12), load32(quoted + 16), load16(quoted + hl), load16(quoted + hl + 2)};
    if (key.proto == proto_icmp)
        return queries && view_query(quoted + hl, key.tuple);
    return key.proto == proto_tcp || key.proto == proto_udp;
}

// Its checksum covers no addresses.
void rewrite_query(unsigned char *icmp, const FlowTuple &to)
{
    const uint16_t before = load16(icmp + 4), after = query_id(to);
    store16(icmp + 4, after);
    update_sum(icmp + 2, change16(before, after));
}

// The beginning of a TCP or UDP packet inside an ICMP error: at least eight bytes.
void rewrite_quoted(unsigned char *transport, unsigned bytes, const FlowKey &from, const FlowTuple &to, uint32_t shifted)
{
    uint32_t change = change_of_addresses(from.tuple, to) + change_of_ports(from.tuple, to);
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

PacketView view_packet(const Packet *p, bool queries)
{
    PacketView v;
    memset(&v, 0, sizeof(v));
    v.kind = PacketKind::malformed;
    if (!p->has_network_header() || p->network_header() < p->data())
        return v;
    const unsigned char *ip = p->network_header();
    const unsigned available = unsigned(p->end_data() - ip);
    if (p->end_data() < ip || available < ip_header_min)
        return v;
    const unsigned hl = unsigned(ip[0] & 15) * 4;
    const unsigned total = ntohs(load16(ip + 2));
    if (ip[0] >> 4 != 4 || hl < ip_header_min || total < hl || total > available)
        return v;
    v.saddr = load32(ip + 12);
    v.daddr = load32(ip + 16);
    v.ip_bytes = uint16_t(hl);
    v.transport_bytes = uint16_t(total - hl);
    const uint8_t proto = ip[9];
    const uint16_t fragment = ntohs(load16(ip + 6));
    const unsigned char *transport = ip + hl;
    v.more_fragments = (fragment & 0x2000) != 0;
    if (proto != proto_tcp && proto != proto_udp && proto != IP_PROTO_ICMP) {
        v.kind = PacketKind::other;
    } else if (fragment & 0x1fff) {
        v.kind = PacketKind::fragment;
    } else if (proto == IP_PROTO_ICMP) {
        const bool whole = v.transport_bytes >= icmp_header;
        v.kind = PacketKind::other;
        if (whole && is_error(transport[0])) {
            if (view_quoted(transport + icmp_header, v.transport_bytes - icmp_header, queries, v.key))
                v.kind = PacketKind::icmp_error;
        } else if (queries && whole && view_query(transport, v.key.tuple)) {
            v.kind = PacketKind::flow;
            v.key.proto = proto_icmp;
            v.key.tuple.saddr = v.saddr;
            v.key.tuple.daddr = v.daddr;
        }
    } else {
        const unsigned needed = proto == proto_tcp ? tcp_header : udp_header;
        if (v.transport_bytes < needed)
            return v;
        if (proto == proto_tcp) {
            const unsigned header_bytes = unsigned(transport[12] >> 4) * 4;
            if (header_bytes < tcp_header || header_bytes > v.transport_bytes)
                return v;
            v.tcp_flags = transport[13];
        }
        v.kind = PacketKind::flow;
        v.key.proto = proto;
        v.key.tuple = FlowTuple{v.saddr, v.daddr, load16(transport), load16(transport + 2)};
    }
    return v;
}

TcpShift tcp_shift(int32_t delta_fwd, int32_t delta_rev, Direction d)
{
    const uint32_t fwd = uint32_t(delta_fwd), rev = uint32_t(delta_rev);
    return d == Direction::forward ? TcpShift{fwd, 0 - rev} : TcpShift{rev, 0 - fwd};
}

void rewrite_flow(WritablePacket *p, const PacketView &view, const FlowTuple &to, const TcpShift &shift)
{
    unsigned char *ip = p->network_header();
    unsigned char *transport = ip + view.ip_bytes;
    const FlowTuple &from = view.key.tuple;
    const bool tcp = view.key.proto == proto_tcp;
    const bool partial = partial_checksum(p);
    const uint32_t addresses = change_of_addresses(from, to);
    store32(ip + 12, to.saddr);
    store32(ip + 16, to.daddr);
    update_sum(ip + 10, addresses);
    if (view.key.proto == proto_icmp)
        return rewrite_query(transport, to);
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

void rewrite_fragment(WritablePacket *p, uint32_t saddr, uint32_t daddr)
{
    unsigned char *ip = p->network_header();
    if (load32(ip + 12) == saddr && load32(ip + 16) == daddr)
        return;
    const uint32_t change = change32(load32(ip + 12), saddr) + change32(load32(ip + 16), daddr);
    store32(ip + 12, saddr);
    store32(ip + 16, daddr);
    update_sum(ip + 10, change);
}

bool rewrite_icmp_error(WritablePacket *p, const PacketView &view, const FlowBinding &b, Direction d, uint32_t sender)
{
    unsigned char *ip = p->network_header();
    unsigned char *icmp = ip + view.ip_bytes;
    if (click_in_cksum(icmp, view.transport_bytes) != 0)
        return false;
    const FlowTuple out = b.outgoing(d);
    const FlowTuple quoted_to = out.reversed();
    unsigned char *quoted = icmp + icmp_header;
    const unsigned hl = unsigned(quoted[0] & 15) * 4;
    unsigned char *transport = quoted + hl;
    const unsigned transport_bytes = unsigned(view.transport_bytes - icmp_header - hl);
    const FlowTuple &from = view.key.tuple;
    const uint32_t addresses = change_of_addresses(from, quoted_to);
    store32(quoted + 12, quoted_to.saddr);
    store32(quoted + 16, quoted_to.daddr);
    update_sum(quoted + 10, addresses);
    if (view.key.proto == proto_icmp) {
        rewrite_query(transport, quoted_to);
    } else {
        // The quoted packet left with its sequence number shifted: shift it back.
        const uint32_t shifted = tcp_shift(b, d == Direction::forward ? Direction::reverse : Direction::forward).seq;
        rewrite_quoted(transport, transport_bytes, view.key, quoted_to, shifted);
    }
    store16(icmp + 2, 0);
    store16(icmp + 2, click_in_cksum(icmp, view.transport_bytes));
    const uint32_t saddr = sender ? sender : view.saddr == from.daddr ? out.saddr : view.saddr;
    const uint32_t outer = change32(view.saddr, saddr) + change32(view.daddr, out.daddr);
    store32(ip + 12, saddr);
    store32(ip + 16, out.daddr);
    update_sum(ip + 10, outer);
    return true;
}

WritablePacket *make_reset(const Packet *p, const PacketView &view)
{
    if (view.tcp_flags & flag_rst)
        return nullptr;
    const unsigned bytes = ip_header_min + tcp_header;
    const unsigned ethernet_header = 14;
    WritablePacket *reset = Packet::make(Packet::default_headroom + ethernet_header, nullptr, bytes, 0);
    if (!reset)
        return nullptr;
    const unsigned char *asked = p->network_header() + view.ip_bytes;
    unsigned char *ip = reset->data();
    memset(ip, 0, bytes);
    ip[0] = 0x45;
    store16(ip + 2, htons(uint16_t(bytes)));
    store16(ip + 6, htons(0x4000));  // don't fragment, and so no identification is needed
    ip[8] = 64;
    ip[9] = IP_PROTO_TCP;
    store32(ip + 12, view.daddr);
    store32(ip + 16, view.saddr);
    store16(ip + 10, click_in_cksum(ip, int(ip_header_min)));
    unsigned char *tcp = ip + ip_header_min;
    const FlowTuple back = view.key.tuple.reversed();
    store16(tcp, back.sport);
    store16(tcp + 2, back.dport);
    if (view.tcp_flags & flag_ack) {
        memcpy(tcp + 4, asked + 8, 4);
        tcp[13] = flag_rst;
    } else {
        const uint32_t header_bytes = unsigned(asked[12] >> 4) * 4;
        const uint32_t length = view.transport_bytes - header_bytes + !!(view.tcp_flags & flag_syn)
            + !!(view.tcp_flags & flag_fin);
        store32(tcp + 8, htonl(ntohl(load32(asked + 4)) + length));
        tcp[13] = flag_rst | flag_ack;
    }
    tcp[12] = uint8_t((tcp_header / 4) << 4);
    const uint32_t pseudo = sum_words(ip + 12, 8) + htons(IP_PROTO_TCP) + htons(uint16_t(tcp_header));
    store16(tcp + tcp_sum_at, uint16_t(~fold(fold(pseudo) + uint32_t(fold(sum_words(tcp, tcp_header))))));
    reset->set_ip_header(reinterpret_cast<click_ip *>(ip), ip_header_min);
    reset->set_dst_ip_anno(IPAddress(view.saddr));
    reset->timestamp_anno() = p->timestamp_anno();
    return reset;
}

}  // namespace mimi

ELEMENT_PROVIDES(PacketRewrite)
ELEMENT_REQUIRES(FlowBinding)
