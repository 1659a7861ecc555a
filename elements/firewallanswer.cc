// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "firewallanswer.hh"
#include "packetfamily.hh"
#include <click/glue.hh>
#include <cstring>

namespace mimi {

namespace {

const unsigned ip_header = ip4_header;
const unsigned ethernet_header = 14;
const unsigned answer_most = 576;    // RFC 1812, section 4.3.2.3
const unsigned answer6_most = 1280;  // RFC 4443, section 2.4 (c)

// A single host's address, as far as one can see: not 0.0.0.0/8, loopback, multicast, reserved or broadcast.
bool single_host(uint32_t addr)
{
    const uint32_t first = ntohl(addr) >> 24;
    return first != 0 && first != 127 && first < 224;
}

// The same: not unspecified, loopback or multicast.
bool single_host(const Address6 &addr)
{
    const bool low = (addr.word[0] | addr.word[1] | addr.word[2]) == 0 && ntohl(addr.word[3]) <= 1;
    return !low && (ntohl(addr.word[0]) >> 24) != 0xff;
}

template <class A> bool answerable(const Packet *p, const PacketViewOf<A> &view)
{
    if (p->packet_type_anno() == Packet::BROADCAST || p->packet_type_anno() == Packet::MULTICAST)
        return false;
    if (view.kind == PacketKind::malformed || view.kind == PacketKind::icmp_error || !single_host(view.saddr) || !single_host(view.daddr))
        return false;
    const FragmentPlace place = fragment_place<A>(p);
    if (place.offset != 0)
        return false;
    if (place.proto != PacketFamily<A>::icmp)
        return true;
    // Queries and their answers, and nothing else that is ICMP: what is not known may be an error.
    return view.kind == PacketKind::flow;
}

}  // namespace

bool may_be_answered(const Packet *p, const PacketView &view) { return answerable(p, view); }
bool may_be_answered(const Packet *p, const PacketView6 &view) { return answerable(p, view); }

WritablePacket *make_prohibited(const Packet *p, const PacketView &view)
{
    const unsigned whole = unsigned(view.ip_bytes) + view.transport_bytes;
    const unsigned quoted = whole < answer_most - ip_header - icmp_header ? whole : answer_most - ip_header - icmp_header;
    const unsigned bytes = ip_header + icmp_header + quoted;
    WritablePacket *answer = Packet::make(Packet::default_headroom + ethernet_header, nullptr, bytes, 0);
    if (!answer)
        return nullptr;
    unsigned char *ip = answer->data(), *icmp = ip + ip_header;
    memset(ip, 0, ip_header + icmp_header);
    ip[0] = 0x45;
    ip[1] = 0xc0;  // internetwork control (RFC 1812, section 4.3.2.5)
    store16(ip + 2, htons(uint16_t(bytes)));
    ip[8] = 64;
    ip[9] = IP_PROTO_ICMP;
    store32(ip + 12, view.daddr);
    store32(ip + 16, view.saddr);
    store16(ip + 10, click_in_cksum(ip, int(ip_header)));
    icmp[0] = 3;
    icmp[1] = 13;
    memcpy(icmp + icmp_header, p->network_header(), quoted);
    store16(icmp + 2, click_in_cksum(icmp, int(icmp_header + quoted)));
    answer->set_ip_header(reinterpret_cast<click_ip *>(ip), ip_header);
    answer->set_dst_ip_anno(IPAddress(view.saddr));
    answer->timestamp_anno() = p->timestamp_anno();
    return answer;
}

WritablePacket *make_prohibited(const Packet *p, const PacketView6 &view)
{
    const unsigned whole = unsigned(view.ip_bytes) + view.transport_bytes;
    const unsigned quoted = whole < answer6_most - ip6_header - icmp_header ? whole : answer6_most - ip6_header - icmp_header;
    const unsigned bytes = icmp_header + quoted;
    WritablePacket *answer = Packet::make(Packet::default_headroom + ethernet_header, nullptr, ip6_header + bytes, 0);
    if (!answer)
        return nullptr;
    unsigned char *ip = answer->data(), *icmp = ip + ip6_header;
    memset(ip, 0, ip6_header + icmp_header);
    ip[0] = 0x60;
    store16(ip + 4, htons(uint16_t(bytes)));
    ip[6] = proto_icmp6;
    ip[7] = 64;
    view.daddr.to_bytes(ip + 8);
    view.saddr.to_bytes(ip + 24);
    icmp[0] = 1;
    icmp[1] = 1;
    memcpy(icmp + icmp_header, p->network_header(), quoted);
    const uint32_t pseudo = PacketFamily<Address6>::icmp_pseudo_sum(ip, bytes);
    store16(icmp + icmp_sum_at, uint16_t(~fold(pseudo + uint16_t(~click_in_cksum(icmp, int(bytes))))));  // of odd lengths, too
    answer->set_network_header(ip, ip6_header);
    set_destination(answer, view.saddr);
    answer->timestamp_anno() = p->timestamp_anno();
    return answer;
}

}  // namespace mimi

ELEMENT_PROVIDES(FirewallAnswer)
ELEMENT_REQUIRES(PacketRewrite)
