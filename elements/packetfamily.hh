// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_PACKETFAMILY_HH
#define MIMI_PACKETFAMILY_HH
#include <clicknet/ip.h>
#include <mimi/checksumdelta.hh>
#include "packetrewrite.hh"

// What packetrewrite.hh's functions share, and where IPv4 and IPv6 differ in it: for sources that look at header bytes themselves.

namespace mimi {

enum : unsigned { udp_header = 8, tcp_header = 20, icmp_header = 8, ip4_header = 20, ip6_header = 40 };
enum : unsigned { tcp_sum_at = 16, udp_sum_at = 6, icmp_sum_at = 2 };
enum : unsigned { quoted_min = 8 };  // what an ICMP error must quote of the transport header (RFC 792)
enum : uint8_t { tcp_fin = 0x01, tcp_syn = 0x02, tcp_rst = 0x04, tcp_ack = 0x10 };

// Where a packet's transport begins, how much of it is there, and whose it is.
struct TransportPlace {
    unsigned at;
    unsigned bytes;
    uint8_t proto;
};

template <class A> struct PacketFamily;

template <> struct PacketFamily<uint32_t> {
    enum : uint8_t { icmp = proto_icmp };
    enum : unsigned { header = ip4_header, saddr_at = 12, daddr_at = 16 };

    static uint32_t load(const unsigned char *p) { return load32(p); }
    // References, and so one word after the other: the caller has just written them, and a wider load would wait for that.
    static void store_addresses(unsigned char *ip, const uint32_t &saddr, const uint32_t &daddr, uint32_t change)
    {
        store32(ip + saddr_at, saddr);
        store32(ip + daddr_at, daddr);
        update_sum(ip + 10, change);
    }
    static uint32_t change(uint32_t from, uint32_t to) { return change32(from, to); }
    // ICMP's checksum covers no addresses.
    static uint32_t icmp_change(uint32_t) { return 0; }
    static uint32_t icmp_pseudo_sum(const unsigned char *, unsigned) { return 0; }
    static bool is_error(uint8_t type) { return type == 3 || type == 4 || type == 11 || type == 12; }
    static bool asks(uint8_t type) { return type == 8 || type == 13 || type == 15 || type == 17; }
    static bool answers(uint8_t type) { return type == 0 || type == 14 || type == 16 || type == 18; }
    // The transport of a packet that is quoted; false if it is not there.
    static bool find_quoted(const unsigned char *quoted, unsigned bytes, TransportPlace &t)
    {
        if (bytes < ip4_header)
            return false;
        t.at = unsigned(quoted[0] & 15) * 4;
        t.proto = quoted[9];
        const bool later_fragment = (ntohs(load16(quoted + 6)) & 0x1fff) != 0;
        if (quoted[0] >> 4 != 4 || t.at < ip4_header || bytes < t.at || later_fragment)
            return false;
        t.bytes = bytes - t.at;
        return true;
    }
};

template <> struct PacketFamily<Address6> {
    enum : uint8_t { icmp = proto_icmp6 };
    enum : unsigned { header = ip6_header, saddr_at = 8, daddr_at = 24 };

    static Address6 load(const unsigned char *p) { return Address6::from_bytes(p); }
    static void store_addresses(unsigned char *ip, const Address6 &saddr, const Address6 &daddr, uint32_t)
    {
        saddr.to_bytes(ip + saddr_at);
        daddr.to_bytes(ip + daddr_at);
    }
    // 2^32 is 1 to a sum of 16-bit words: 32 bits are added at a time.
    static uint32_t change(const Address6 &from, const Address6 &to)
    {
        uint64_t sum = 0;
        for (int i = 0; i != 4; ++i)
            sum += uint64_t(uint32_t(~from.word[i])) + to.word[i];
        sum = (sum & 0xffffffff) + (sum >> 32);
        return uint32_t(sum & 0xffff) + uint32_t(sum >> 16);
    }
    static uint32_t icmp_change(uint32_t change_of_addresses) { return change_of_addresses; }
    static uint32_t icmp_pseudo_sum(const unsigned char *ip, unsigned bytes)
    {
        return fold(sum_words(ip + saddr_at, 32) + htons(uint16_t(bytes)) + htons(uint16_t(icmp)));
    }
    static bool is_error(uint8_t type) { return type >= 1 && type <= 4; }
    static bool asks(uint8_t type) { return type == 128; }
    static bool answers(uint8_t type) { return type == 129; }
    static bool find_quoted(const unsigned char *quoted, unsigned bytes, TransportPlace &t);
};

template <class A> inline uint32_t change_of_addresses(const FlowTupleOf<A> &from, const FlowTupleOf<A> &to)
{
    return PacketFamily<A>::change(from.saddr, to.saddr) + PacketFamily<A>::change(from.daddr, to.daddr);
}

// Where a query's identifier is in a tuple of ports: the source of a query, the destination of its answer. False: neither.
template <class A> inline bool view_query(const unsigned char *icmp, FlowTupleOf<A> &t)
{
    const bool asks = PacketFamily<A>::asks(icmp[0]), answers = PacketFamily<A>::answers(icmp[0]);
    const uint16_t id = load16(icmp + 4);
    t.sport = asks ? id : 0;
    t.dport = asks ? 0 : id;
    return (asks || answers) && icmp[1] == 0;
}

// What of the packet inside an ICMP error is there; false if too little to name its flow.
template <class A> bool view_quoted(const unsigned char *quoted, unsigned bytes, bool queries, FlowKeyOf<A> &key)
{
    typedef PacketFamily<A> Family;
    TransportPlace t;
    if (!Family::find_quoted(quoted, bytes, t) || t.bytes < quoted_min)
        return false;
    const unsigned char *transport = quoted + t.at;
    key.proto = t.proto;
    key.tuple = FlowTupleOf<A>{Family::load(quoted + Family::saddr_at), Family::load(quoted + Family::daddr_at), load16(transport),
                               load16(transport + 2)};
    if (key.proto == Family::icmp)
        return queries && view_query(transport, key.tuple);
    return key.proto == proto_tcp || key.proto == proto_udp;
}

template <class A> void view_icmp(const unsigned char *icmp, unsigned bytes, bool queries, PacketViewOf<A> &v)
{
    typedef PacketFamily<A> Family;
    v.kind = PacketKind::other;
    if (bytes < icmp_header)
        return;
    if (Family::is_error(icmp[0])) {
        if (view_quoted(icmp + icmp_header, bytes - icmp_header, queries, v.key))
            v.kind = PacketKind::icmp_error;
    } else if (queries && view_query(icmp, v.key.tuple)) {
        v.kind = PacketKind::flow;
        v.key.proto = Family::icmp;
        v.key.tuple.saddr = v.saddr;
        v.key.tuple.daddr = v.daddr;
    }
}

// A whole packet or a first fragment, TCP, UDP or ICMP; its addresses are in the view already.
template <class A> inline void view_transport(const unsigned char *transport, unsigned bytes, uint8_t proto, bool queries, PacketViewOf<A> &v)
{
    typedef PacketFamily<A> Family;
    if (proto == Family::icmp)
        return view_icmp(transport, bytes, queries, v);
    if (bytes < (proto == proto_tcp ? tcp_header : udp_header))
        return;
    if (proto == proto_tcp) {
        const unsigned header_bytes = unsigned(transport[12] >> 4) * 4;
        if (header_bytes < tcp_header || header_bytes > bytes)
            return;
        v.tcp_flags = transport[13];
    }
    v.kind = PacketKind::flow;
    v.key.proto = proto;
    v.key.tuple = FlowTupleOf<A>{v.saddr, v.daddr, load16(transport), load16(transport + 2)};
}

}  // namespace mimi
#endif
