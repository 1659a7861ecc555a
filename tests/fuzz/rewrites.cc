// SPDX-License-Identifier: Apache-2.0
// Packets of either family, whatever they are, through the functions that elements rewrite them with. What must hold for any bytes:
// nothing beyond the packet is touched; a rewritten packet has the tuple that it was given, and its checksums are as right or as
// wrong as before; rewriting it back gives the packet again; what is made anew is sound.
//
// An input: a byte of choices (1: IPv6, 2: queries are flows, 4: unfinished, 8: direction, 16: a right checksum for an ICMP error),
// the shifts of both directions, a tuple, and the packet.
#include "tests/fuzz/harness.hh"
#include <click/packet.hh>
#include <clicknet/ip.h>
#include <cstdlib>
#include <cstring>
#include <string>
#include "elements/packetfamily.hh"

using namespace mimi;

namespace {

struct Choices {
    bool six, queries, unfinished, reverse, mended;
    int32_t forward_shift, reverse_shift;
};

template <class T> T read_value(fuzz::Bytes &bytes)
{
    T value = T();
    const std::string_view data = bytes.take(sizeof(T));
    memcpy(static_cast<void *>(&value), data.data(), data.size());
    return value;
}

void free_bytes(unsigned char *bytes, size_t, void *) { free(bytes); }

WritablePacket *packet_of(std::string_view data)
{
    auto *bytes = static_cast<unsigned char *>(malloc(data.size() + data.empty()));
    if (!data.empty())
        memcpy(bytes, data.data(), data.size());
    WritablePacket *p = Packet::make(bytes, uint32_t(data.size()), free_bytes, nullptr);
    p->set_network_header(p->data(), 0);
    return p;
}

std::string bytes_of(const Packet *p) { return std::string(reinterpret_cast<const char *>(p->data()), p->length()); }

// The one's complement sum of some bytes, with one name for zero.
uint32_t sum_of(const unsigned char *data, unsigned bytes, uint32_t before = 0)
{
    uint64_t sum = before;
    for (unsigned i = 0; i < bytes; ++i)
        sum += uint64_t(data[i]) << (i % 2 ? 0 : 8);
    return uint32_t(sum % 0xffff);
}

// By how much the transport's checksum is wrong.
template <class A> uint32_t error_of(const Packet *p, const PacketViewOf<A> &v, uint8_t proto)
{
    typedef PacketFamily<A> Family;
    const unsigned char *ip = p->network_header();
    const bool alone = AddressFamily<A>::version == 4 && proto == proto_icmp;
    const uint32_t pseudo = alone ? 0 : sum_of(ip + Family::saddr_at, 2 * sizeof(A)) + v.transport_bytes + proto;
    return sum_of(ip + v.ip_bytes, v.transport_bytes, pseudo);
}

uint32_t header_error_of(const Packet *p, const PacketView &v) { return sum_of(p->network_header(), v.ip_bytes); }
uint32_t header_error_of(const Packet *, const PacketView6 &) { return 0; }

unsigned sum_place(uint8_t proto) { return proto == proto_tcp ? tcp_sum_at : proto == proto_udp ? udp_sum_at : icmp_sum_at; }

// A query's tuple has one number.
template <class A> FlowTupleOf<A> as_of(const PacketViewOf<A> &v, FlowTupleOf<A> to)
{
    if (v.key.proto == PacketFamily<A>::icmp) {
        to.sport = v.key.tuple.sport ? to.sport : 0;
        to.dport = v.key.tuple.dport ? to.dport : 0;
    }
    return to;
}

// Zero has two names.
bool is_zero(uint16_t sum) { return sum == 0 || sum == 0xffff; }

template <class A> void check_flow(WritablePacket *p, const PacketViewOf<A> &v, const FlowTupleOf<A> &given, const Choices &c)
{
    const std::string before = bytes_of(p);
    const uint8_t proto = v.key.proto;
    const FlowTupleOf<A> to = as_of(v, given);
    const bool summed = proto != proto_udp || load16(p->network_header() + v.ip_bytes + udp_sum_at) != 0;
    const uint32_t wrong = error_of(p, v, proto), header_wrong = header_error_of(p, v);
    const TcpShift shift = tcp_shift(c.forward_shift, c.reverse_shift, c.reverse ? Direction::reverse : Direction::forward);
    rewrite_flow(p, v, to, shift);
    const PacketViewOf<A> after = view_packet_of<A>(p, c.queries);
    if (after.kind != PacketKind::flow || !(after.key.tuple == to) || after.key.proto != proto || after.ip_bytes != v.ip_bytes)
        fuzz::fail("a rewritten packet is of another flow");
    if (summed && !c.unfinished && error_of(p, after, proto) != wrong)
        fuzz::fail("a checksum is wrong by %u instead of %u", error_of(p, after, proto), wrong);
    if (header_error_of(p, after) != header_wrong)
        fuzz::fail("an IP header's checksum is as wrong as it was not");
    rewrite_flow(p, after, v.key.tuple, TcpShift{0 - shift.seq, 0 - shift.ack});
    std::string back = bytes_of(p);
    const size_t sum_at = v.ip_bytes + sum_place(proto);
    if (is_zero(load16(p->data() + sum_at)))
        back.replace(sum_at, 2, before, sum_at, 2);
    if (AddressFamily<A>::version == 4 && is_zero(load16(p->data() + 10)))
        back.replace(10, 2, before, 10, 2);
    if (back != before)
        fuzz::fail("a packet rewritten back is another one");
}

template <class A> void check_reset(const Packet *p, const PacketViewOf<A> &v)
{
    WritablePacket *reset = make_reset(p, v);
    if (!reset != ((v.tcp_flags & tcp_rst) != 0))
        fuzz::fail("a reset where there must be none, or none");
    if (!reset)
        return;
    const PacketViewOf<A> r = view_packet_of<A>(reset);
    if (r.kind != PacketKind::flow || !(r.key.tuple == v.key.tuple.reversed()) || error_of(reset, r, proto_tcp) || header_error_of(reset, r))
        fuzz::fail("a reset that is not sound");
    reset->kill();
}

template <class A> void check_error(WritablePacket *p, const PacketViewOf<A> &v, const FlowTupleOf<A> &came, const Choices &c)
{
    typedef PacketFamily<A> Family;
    unsigned char *icmp = p->network_header() + v.ip_bytes;
    if (c.mended) {
        store16(icmp + icmp_sum_at, 0);
        store16(icmp + icmp_sum_at, htons(uint16_t(0xffff - error_of(p, v, Family::icmp))));
    }
    const bool right = error_of(p, v, Family::icmp) == 0;
    const Direction d = c.reverse ? Direction::reverse : Direction::forward;
    FlowBindingOf<A> b = FlowBindingOf<A>();
    b.proto = v.key.proto;
    b.delta_fwd = c.forward_shift;
    b.delta_rev = c.reverse_shift;
    const FlowTupleOf<A> to = as_of(v, came);
    b.orig = d == Direction::reverse ? to : v.key.tuple.reversed();
    b.xlat = d == Direction::reverse ? v.key.tuple : to.reversed();
    const std::string before = bytes_of(p);
    const uint32_t header_wrong = header_error_of(p, v);
    if (rewrite_icmp_error(p, v, b, d) != right)
        fuzz::fail("an error with a wrong checksum was translated, or one with a right one was not");
    if (!right && bytes_of(p) != before)
        fuzz::fail("an error that was refused was changed");
    const PacketViewOf<A> after = view_packet_of<A>(p, c.queries);
    if (right && (after.kind != PacketKind::icmp_error || !(after.key.tuple == to) || !(after.daddr == to.saddr)))
        fuzz::fail("a translated error is about another flow");
    if (right && (error_of(p, after, Family::icmp) || header_error_of(p, after) != header_wrong))
        fuzz::fail("a translated error has a wrong checksum");
}

template <class A> void check_fragment(WritablePacket *p, const PacketViewOf<A> &v, const FlowTupleOf<A> &to, const Choices &c)
{
    const FragmentPlace place = fragment_place<A>(p);
    if (!place.offset)
        fuzz::fail("a later fragment at the beginning");
    rewrite_fragment(p, to.saddr, to.daddr);
    const PacketViewOf<A> after = view_packet_of<A>(p, c.queries);
    if (after.kind != v.kind || !(after.saddr == to.saddr) || !(after.daddr == to.daddr) || after.ip_bytes != v.ip_bytes)
        fuzz::fail("a fragment got other than other addresses");
}

template <class A> void check(const Choices &c, fuzz::Bytes &bytes)
{
    FlowTupleOf<A> to;
    to.saddr = read_value<A>(bytes);
    to.daddr = read_value<A>(bytes);
    to.sport = bytes.u16();
    to.dport = bytes.u16();
    WritablePacket *p = packet_of(bytes.rest());
    if (c.unfinished) {
        PacketOffload offload{};
        offload.flags = PacketOffload::needs_checksum;
        p->set_offload(offload);
    }
    const PacketViewOf<A> v = view_packet_of<A>(p, c.queries);
    if (v.kind != PacketKind::malformed && (v.ip_bytes + v.transport_bytes > p->length() || v.ip_bytes < unsigned(PacketFamily<A>::header)))
        fuzz::fail("a packet is said to be longer than it is");
    if (v.kind == PacketKind::flow) {
        if (v.key.proto == proto_tcp)
            check_reset(p, v);
        if (fragment_place<A>(p).offset || fragment_place<A>(p).more != v.more_fragments)
            fuzz::fail("a later fragment has ports");
        check_flow(p, v, to, c);
    } else if (v.kind == PacketKind::icmp_error) {
        check_error(p, v, to, c);
    } else if (v.kind == PacketKind::fragment) {
        check_fragment(p, v, to, c);
    }
    p->kill();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz::Bytes bytes(data, size);
    const uint8_t flags = bytes.u8();
    Choices c = {(flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0, (flags & 8) != 0, (flags & 16) != 0, 0, 0};
    c.forward_shift = read_value<int32_t>(bytes);
    c.reverse_shift = read_value<int32_t>(bytes);
    if (c.six)
        check<Address6>(c, bytes);
    else
        check<uint32_t>(c, bytes);
    return 0;
}
