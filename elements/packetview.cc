// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "packetfamily.hh"
#include <cstring>

namespace mimi {

template <> PacketView view_packet_of<uint32_t>(const Packet *p, bool queries)
{
    PacketView v;
    memset(&v, 0, sizeof(v));
    v.kind = PacketKind::malformed;
    if (!p->has_network_header() || p->network_header() < p->data())
        return v;
    const unsigned char *ip = p->network_header();
    const unsigned available = unsigned(p->end_data() - ip);
    if (p->end_data() < ip || available < ip4_header)
        return v;
    const unsigned hl = unsigned(ip[0] & 15) * 4;
    const unsigned total = ntohs(load16(ip + 2));
    if (ip[0] >> 4 != 4 || hl < ip4_header || total < hl || total > available)
        return v;
    v.saddr = load32(ip + 12);
    v.daddr = load32(ip + 16);
    v.ip_bytes = uint16_t(hl);
    v.transport_bytes = uint16_t(total - hl);
    const uint8_t proto = ip[9];
    const uint16_t fragment = ntohs(load16(ip + 6));
    v.more_fragments = (fragment & 0x2000) != 0;
    if (proto != proto_tcp && proto != proto_udp && proto != proto_icmp)
        v.kind = PacketKind::other;
    else if (fragment & 0x1fff)
        v.kind = PacketKind::fragment;
    else
        view_transport(ip + hl, total - hl, proto, queries, v);
    return v;
}

template <> FragmentPlace fragment_place<uint32_t>(const Packet *p)
{
    const unsigned char *ip = p->network_header();
    const uint16_t fragment = ntohs(load16(ip + 6));
    return FragmentPlace{load16(ip + 4), uint16_t((fragment & 0x1fff) * 8), (fragment & 0x2000) != 0, ip[9]};
}

}  // namespace mimi

ELEMENT_PROVIDES(PacketView)
