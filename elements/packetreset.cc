// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "packetfamily.hh"
#include <click/glue.hh>
#include <cstring>

namespace mimi {

namespace {

const unsigned ethernet_header = 14;
const uint8_t hops = 64;

// Each writes an IP header without options, but for the addresses, into bytes that are zero.
void write_header(unsigned char *ip, const PacketView &view)
{
    ip[0] = 0x45;
    store16(ip + 2, htons(uint16_t(ip4_header + tcp_header)));
    store16(ip + 6, htons(0x4000));  // don't fragment, and so no identification is needed
    ip[8] = hops;
    ip[9] = proto_tcp;
    store32(ip + 12, view.daddr);
    store32(ip + 16, view.saddr);
    store16(ip + 10, click_in_cksum(ip, int(ip4_header)));
}

void write_header(unsigned char *ip, const PacketView6 &view)
{
    ip[0] = 0x60;
    store16(ip + 4, htons(uint16_t(tcp_header)));
    ip[6] = proto_tcp;
    ip[7] = hops;
    view.daddr.to_bytes(ip + 8);
    view.saddr.to_bytes(ip + 24);
}

void annotate(WritablePacket *p, const PacketView &)
{
    p->set_ip_header(reinterpret_cast<click_ip *>(p->data()), ip4_header);
}

void annotate(WritablePacket *p, const PacketView6 &)
{
    p->set_network_header(p->data(), ip6_header);
}

template <class A> void write_reset(unsigned char *tcp, const unsigned char *asked, const PacketViewOf<A> &view)
{
    const FlowTupleOf<A> back = view.key.tuple.reversed();
    store16(tcp, back.sport);
    store16(tcp + 2, back.dport);
    if (view.tcp_flags & tcp_ack) {
        memcpy(tcp + 4, asked + 8, 4);
        tcp[13] = tcp_rst;
    } else {
        const uint32_t header_bytes = unsigned(asked[12] >> 4) * 4;
        const uint32_t length = view.transport_bytes - header_bytes + !!(view.tcp_flags & tcp_syn) + !!(view.tcp_flags & tcp_fin);
        store32(tcp + 8, htonl(ntohl(load32(asked + 4)) + length));
        tcp[13] = tcp_rst | tcp_ack;
    }
    tcp[12] = uint8_t((tcp_header / 4) << 4);
}

}  // namespace

template <class A> WritablePacket *make_reset(const Packet *p, const PacketViewOf<A> &view)
{
    typedef PacketFamily<A> Family;
    if (view.tcp_flags & tcp_rst)
        return nullptr;
    const unsigned before = Family::header, bytes = before + tcp_header;
    WritablePacket *reset = Packet::make(Packet::default_headroom + ethernet_header, nullptr, bytes, 0);
    if (!reset)
        return nullptr;
    unsigned char *ip = reset->data(), *tcp = ip + before;
    memset(ip, 0, bytes);
    write_header(ip, view);
    write_reset(tcp, p->network_header() + view.ip_bytes, view);
    const uint32_t pseudo = sum_words(ip + Family::saddr_at, 2 * sizeof(A)) + htons(uint16_t(proto_tcp)) + htons(uint16_t(tcp_header));
    store16(tcp + tcp_sum_at, uint16_t(~fold(fold(pseudo) + sum_words(tcp, tcp_header))));
    annotate(reset, view);
    set_destination(reset, view.saddr);
    reset->timestamp_anno() = p->timestamp_anno();
    return reset;
}

template WritablePacket *make_reset(const Packet *, const PacketView &);
template WritablePacket *make_reset(const Packet *, const PacketView6 &);

}  // namespace mimi

ELEMENT_PROVIDES(PacketReset)
