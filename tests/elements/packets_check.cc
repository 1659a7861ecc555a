// SPDX-License-Identifier: Apache-2.0
// The functions of packetrewrite.hh and fragmentroutes.hh, for a test that knows what they should say. Reads a line, answers with a line:
//
//   FAMILY view QUERIES PACKET                           kind flags more ip_bytes transport_bytes saddr daddr proto tuple
//   FAMILY place PACKET                                  id offset more proto
//   FAMILY flow PARTIAL QUERIES PACKET TUPLE SEQ ACK     the packet
//   FAMILY fragment PACKET SADDR DADDR                   the packet
//   FAMILY error QUERIES PACKET PROTO ORIG XLAT FWD REV DIRECTION SENDER   the packet, or `refused`
//   FAMILY reset PACKET                                  the packet, or `none`
//   FAMILY route NOW SIDE PACKET                         a later fragment: `follow TUPLE`, `held` or `full`, and how many were lost
//   FAMILY learn NOW SIDE PACKET TUPLE                   the first: how many were released, how many lost
//
// FAMILY is 4 or 6. Packets, addresses and tuples (SADDR DADDR SPORT DPORT as they lie in memory) are hexadecimal, other words
// numbers. A packet's memory ends where it ends, so that the sanitizer sees a byte too far.
#include <click/config.h>
#include <click/packet.hh>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>
#include "elements/fragmentroutes.hh"
#include "elements/packetrewrite.hh"

using namespace mimi;

namespace {

typedef std::vector<unsigned char> Bytes;

Bytes bytes_of(const std::string &hex)
{
    Bytes b;
    for (size_t i = 0; i + 1 < hex.size(); i += 2)
        b.push_back(static_cast<unsigned char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    return b;
}

std::string hex_of(const void *data, size_t n)
{
    std::string hex;
    char two[3];
    for (size_t i = 0; i != n; ++i) {
        snprintf(two, sizeof two, "%02x", static_cast<const unsigned char *>(data)[i]);
        hex += two;
    }
    return hex.empty() ? "-" : hex;
}

std::string hex_of(const Packet *p) { return hex_of(p->data(), p->length()); }

template <class A> std::string hex_of(const FlowTupleOf<A> &t)
{
    return hex_of(&t.saddr, sizeof(A)) + hex_of(&t.daddr, sizeof(A)) + hex_of(&t.sport, 2) + hex_of(&t.dport, 2);
}

template <class A> FlowTupleOf<A> tuple_of(const std::string &hex)
{
    const Bytes b = bytes_of(hex);
    FlowTupleOf<A> t;
    memcpy(&t.saddr, &b[0], sizeof(A));
    memcpy(&t.daddr, &b[sizeof(A)], sizeof(A));
    memcpy(&t.sport, &b[2 * sizeof(A)], 2);
    memcpy(&t.dport, &b[2 * sizeof(A) + 2], 2);
    return t;
}

template <class A> A address_of(const std::string &hex)
{
    const Bytes b = bytes_of(hex);
    A a;
    memcpy(&a, &b[0], sizeof(A));
    return a;
}

void free_bytes(unsigned char *bytes, size_t, void *) { free(bytes); }

WritablePacket *packet_of(const std::string &hex)
{
    const Bytes b = bytes_of(hex);
    unsigned char *data = static_cast<unsigned char *>(malloc(b.size() + !b.size()));
    if (!b.empty())
        memcpy(data, b.data(), b.size());
    WritablePacket *p = Packet::make(data, uint32_t(b.size()), free_bytes, nullptr);
    p->set_network_header(p->data(), 0);
    return p;
}

template <class A> class Family {
  public:
    std::string answer(const std::string &what, std::istream &in);

  private:
    FragmentRoutes<A> _routes;

    std::string view(std::istream &in);
    std::string place(std::istream &in);
    std::string flow(std::istream &in);
    std::string fragment(std::istream &in);
    std::string error(std::istream &in);
    std::string reset(std::istream &in);
    std::string route(std::istream &in);
    std::string learn(std::istream &in);
};

template <class T> T next(std::istream &in)
{
    T value = T();
    in >> value;
    return value;
}

template <class A> std::string Family<A>::view(std::istream &in)
{
    const bool queries = next<int>(in) != 0;
    WritablePacket *p = packet_of(next<std::string>(in));
    const PacketViewOf<A> v = view_packet_of<A>(p, queries);
    static const char *const kinds[] = {"flow", "fragment", "icmp_error", "other", "malformed"};
    std::ostringstream out;
    out << kinds[int(v.kind)] << ' ' << int(v.tcp_flags) << ' ' << v.more_fragments << ' ' << v.ip_bytes << ' ' << v.transport_bytes << ' '
        << hex_of(&v.saddr, sizeof(A)) << ' ' << hex_of(&v.daddr, sizeof(A)) << ' ' << int(v.key.proto) << ' ' << hex_of(v.key.tuple);
    p->kill();
    return out.str();
}

template <class A> std::string Family<A>::place(std::istream &in)
{
    WritablePacket *p = packet_of(next<std::string>(in));
    const FragmentPlace f = fragment_place<A>(p);
    std::ostringstream out;
    out << hex_of(&f.id, sizeof f.id) << ' ' << f.offset << ' ' << f.more << ' ' << int(f.proto);
    p->kill();
    return out.str();
}

template <class A> std::string Family<A>::flow(std::istream &in)
{
    const bool partial = next<int>(in) != 0, queries = next<int>(in) != 0;
    WritablePacket *p = packet_of(next<std::string>(in));
    const FlowTupleOf<A> to = tuple_of<A>(next<std::string>(in));
    TcpShift shift;
    in >> shift.seq >> shift.ack;
    if (partial) {
        PacketOffload offload{};
        offload.flags = PacketOffload::needs_checksum;
        p->set_offload(offload);
    }
    rewrite_flow(p, view_packet_of<A>(p, queries), to, shift);
    const std::string hex = hex_of(p);
    p->kill();
    return hex;
}

template <class A> std::string Family<A>::fragment(std::istream &in)
{
    WritablePacket *p = packet_of(next<std::string>(in));
    const A saddr = address_of<A>(next<std::string>(in)), daddr = address_of<A>(next<std::string>(in));
    rewrite_fragment(p, saddr, daddr);
    const std::string hex = hex_of(p);
    p->kill();
    return hex;
}

template <class A> std::string Family<A>::error(std::istream &in)
{
    const bool queries = next<int>(in) != 0;
    WritablePacket *p = packet_of(next<std::string>(in));
    FlowBindingOf<A> b = FlowBindingOf<A>();
    b.proto = uint8_t(next<int>(in));
    b.orig = tuple_of<A>(next<std::string>(in));
    b.xlat = tuple_of<A>(next<std::string>(in));
    in >> b.delta_fwd >> b.delta_rev;
    const Direction d = next<int>(in) ? Direction::reverse : Direction::forward;
    const A sender = address_of<A>(next<std::string>(in));
    const bool done = rewrite_icmp_error(p, view_packet_of<A>(p, queries), b, d, sender);
    const std::string hex = done ? hex_of(p) : "refused";
    p->kill();
    return hex;
}

template <class A> std::string Family<A>::reset(std::istream &in)
{
    WritablePacket *p = packet_of(next<std::string>(in));
    WritablePacket *answer = make_reset(p, view_packet_of<A>(p));
    std::string text = "none";
    if (answer) {
        A to, saddr, daddr;
        read_destination(answer, to);
        read_addresses(answer, saddr, daddr);
        text = daddr == to ? hex_of(answer) : "wrong destination";
        answer->kill();
    }
    p->kill();
    return text;
}

template <class A> std::string Family<A>::route(std::istream &in)
{
    const uint32_t now = next<uint32_t>(in);
    const int side = next<int>(in);
    WritablePacket *p = packet_of(next<std::string>(in));
    A saddr, daddr;
    read_addresses(p, saddr, daddr);
    typename FragmentRoutes<A>::Route r;
    uint64_t lost = 0;
    const typename FragmentRoutes<A>::Answer answer = _routes.find_or_hold(_routes.key_of(p, saddr, daddr, side), p, now, r, lost);
    if (answer != FragmentRoutes<A>::held)
        p->kill();
    if (answer == FragmentRoutes<A>::follow)
        return "follow " + hex_of(FlowTupleOf<A>{r.saddr, r.daddr, 0, 0}) + ' ' + std::to_string(lost);
    return (answer == FragmentRoutes<A>::held ? "held " : "full ") + std::to_string(lost);
}

template <class A> std::string Family<A>::learn(std::istream &in)
{
    const uint32_t now = next<uint32_t>(in);
    const int side = next<int>(in);
    WritablePacket *p = packet_of(next<std::string>(in));
    const FlowTupleOf<A> to = tuple_of<A>(next<std::string>(in));
    A saddr, daddr;
    read_addresses(p, saddr, daddr);
    std::vector<Packet *> released;
    uint64_t lost = 0;
    const typename FragmentRoutes<A>::Route r = {to.saddr, to.daddr, to.daddr, 0};
    _routes.learn(_routes.key_of(p, saddr, daddr, side), r, now, released, lost);
    for (Packet *held : released)
        held->kill();
    p->kill();
    return std::to_string(released.size()) + ' ' + std::to_string(lost);
}

template <class A> std::string Family<A>::answer(const std::string &what, std::istream &in)
{
    if (what == "view")
        return view(in);
    if (what == "place")
        return place(in);
    if (what == "flow")
        return flow(in);
    if (what == "fragment")
        return fragment(in);
    if (what == "error")
        return error(in);
    if (what == "reset")
        return reset(in);
    if (what == "route")
        return route(in);
    return what == "learn" ? learn(in) : "unknown: " + what;
}

}  // namespace

int main()
{
    Family<uint32_t> four;
    Family<Address6> six;
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream in(line);
        const std::string family = next<std::string>(in), what = next<std::string>(in);
        std::cout << (family == "4" ? four.answer(what, in) : six.answer(what, in)) << std::endl;
    }
    return 0;
}
