// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "flowprograms.hh"
#include "bpftext.hh"
#include <arpa/inet.h>
#include <cstddef>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <mimi/checksumdelta.hh>

namespace mimi {

using namespace bpf;

namespace {

// Where things are in the frame.
constexpr int
    ip_at = 14, length_at = ip_at + 2, fragment_at = ip_at + 6, ttl_at = ip_at + 8, proto_at = ip_at + 9, ip_sum_at = ip_at + 10,
    saddr_at = ip_at + 12, daddr_at = ip_at + 16, ports_at = ip_at + 20, flags_at = ports_at + 12,
    tcp_sum_at = ports_at + 16, udp_sum_at = ports_at + 6,
    header_bytes = ports_at + 8;  // of Ethernet, IPv4 and UDP, or as much of TCP
constexpr int tcp = 6, udp = 17, syn_fin_rst = 0x07, everything = -1, next_program = TC_ACT_UNSPEC;
// The judge's stack, counted from its end. The IP header lies at a multiple of 4: the verifier insists on that.
constexpr int frame = -32 - ip_at, flags = -56, key = -72, index = -76;
static_assert(frame + header_bytes <= 0 && frame >= flags + 2);

// r0: the element `index` of an array, whose number is on the stack. Goes to `none` where there is none.
void look_up(Text &t, int map, int at, Text::Label none)
{
    t.load_map(r1, map);
    t.move(r2, r10);
    t.alter(r2, plus, at);
    t.call(BPF_FUNC_map_lookup_elem);
    t.jump_if(r0, equal, 0, none);
}

// r7: this processor's plan.
void find_plan(Text &t, int plans, Text::Label none)
{
    t.store(word, r10, index, 0);
    look_up(t, plans, index, none);
    t.move(r7, r0);
}

void read_frame(Text &t, int from, int to, int bytes, Text::Label short_frame)
{
    t.move(r1, r6);
    t.move(r2, from);
    t.move(r3, r10);
    t.alter(r3, plus, to);
    t.move(r4, bytes);
    t.call(BPF_FUNC_skb_load_bytes);
    t.jump_if(r0, unequal, 0, short_frame);
}

// Sent to our station (or to `elsewhere`), untagged, IPv4; its headers are on the stack behind that.
void require_frame(Text &t, const uint8_t *station, Text::Label not_plain, Text::Label elsewhere)
{
    t.load(word, r0, r6, offsetof(__sk_buff, pkt_type));
    t.jump_if(r0, equal, PACKET_OUTGOING, not_plain);
    t.load(word, r0, r6, offsetof(__sk_buff, protocol));
    t.jump_if(r0, unequal, htons(ETH_P_IP), not_plain);
    t.load(word, r0, r6, offsetof(__sk_buff, vlan_present));
    t.jump_if(r0, unequal, 0, not_plain);
    read_frame(t, 0, frame, header_bytes, not_plain);
    for (int at : {0, 2, 4}) {
        t.load(half, r0, r10, frame + at);
        t.jump_if(r0, unequal, load16(station + at), elsewhere);
    }
}

// r8: the IP packet's length. No options, no fragment, hops left, checksum right, all of it there.
void require_ip(Text &t, Text::Label not_plain)
{
    t.load(byte, r0, r10, frame + ip_at);
    t.jump_if(r0, unequal, 0x45, not_plain);
    t.load(half, r0, r10, frame + fragment_at);
    t.jump_if(r0, any_bit, htons(0xbfff), not_plain);
    t.load(byte, r0, r10, frame + ttl_at);
    t.jump_if(r0, at_most, 1, not_plain);
    t.load(half, r8, r10, frame + length_at);
    t.swap16(r8);
    t.load(word, r0, r6, offsetof(__sk_buff, len));
    t.alter(r0, minus, ip_at);
    t.jump_if(r8, above, r0, not_plain);
    t.load(half, r1, r10, frame + ip_at);
    for (int at = ip_at + 2; at < ports_at; at += 2) {
        t.load(half, r0, r10, frame + at);
        t.alter(r1, plus, r0);
    }
    t.move(r0, r1);
    t.alter(r0, right, 16);
    t.alter(r1, both, 0xffff);
    t.alter(r1, plus, r0);
    // Twenty bytes carry over twice at most, and all bits set is right.
    t.move(r0, r1);
    t.alter(r0, right, 16);
    t.alter(r1, both, 0xffff);
    t.alter(r1, plus, r0);
    t.jump_if(r1, unequal, 0xffff, not_plain);
}

// r9: where the transport checksum is.
void require_transport(Text &t, Text::Label not_plain)
{
    const Text::Label is_tcp = t.label(), done = t.label();
    t.load(byte, r0, r10, frame + proto_at);
    t.jump_if(r0, equal, tcp, is_tcp);
    t.jump_if(r0, unequal, udp, not_plain);
    t.jump_if(r8, below, 28, not_plain);
    t.move(r9, udp_sum_at);
    t.jump(done);
    t.place(is_tcp);
    read_frame(t, flags_at, flags, 2, not_plain);
    t.load(byte, r0, r10, flags + 1);
    t.jump_if(r0, any_bit, syn_fin_rst, not_plain);
    t.load(byte, r0, r10, flags);  // the header's length, in words, in the upper half
    t.alter(r0, right, 4);
    t.jump_if(r0, below, 5, not_plain);
    t.alter(r0, left, 2);
    t.alter(r0, plus, 20);
    t.jump_if(r0, above, r8, not_plain);
    t.move(r9, tcp_sum_at);
    t.place(done);
}

// r0: the flow's action.
void find_flow(Text &t, int flows, uint8_t side, Text::Label unknown)
{
    for (int part : {saddr_at, daddr_at, ports_at}) {
        t.load(word, r0, r10, frame + part);
        t.store(word, r10, key + part - saddr_at, r0);
    }
    t.load(byte, r0, r10, frame + proto_at);
    t.store(byte, r10, key + int(offsetof(WireKey, proto)), r0);
    t.store(byte, r10, key + int(offsetof(WireKey, side)), side);
    t.store(half, r10, key + int(offsetof(WireKey, zero)), 0);
    look_up(t, flows, key, unknown);
}

// r0 the action, r8 the packet's length, r9 its checksum's place. What is to be segmented yet is as long as a segment of it: headers, data.
void require_fit(Text &t, Text::Label too_long)
{
    const Text::Label whole = t.label(), is_tcp = t.label(), segment = t.label(), fits = t.label();
    t.load(word, r2, r0, offsetof(WireAction, mtu));
    t.load(word, r1, r6, offsetof(__sk_buff, gso_size));
    t.jump_if(r1, equal, 0, whole);
    t.jump_if(r9, equal, tcp_sum_at, is_tcp);
    t.alter(r1, plus, header_bytes - ip_at);
    t.jump(segment);
    t.place(is_tcp);
    t.load(byte, r3, r10, flags);
    t.alter(r3, right, 4);
    t.alter(r3, left, 2);
    t.alter(r1, plus, r3);
    t.alter(r1, plus, ports_at - ip_at);
    t.place(segment);
    t.jump_if(r1, above, r2, too_long);
    t.jump(fits);
    t.place(whole);
    t.jump_if(r8, above, r2, too_long);
    t.place(fits);
}

// r7 the plan, r0 the action, r8 the packet's length, r9 its checksum's place.
void write_plan(Text &t)
{
    for (int at = 0; at < int(sizeof(WireAction)); at += 8) {
        t.load(wide, r1, r0, at);
        t.store(wide, r7, at, r1);
    }
    t.load(word, r1, r6, offsetof(__sk_buff, len));
    t.store(word, r7, offsetof(WirePlan, length), r1);
    t.alter(r8, plus, ip_at);
    t.store(word, r7, offsetof(WirePlan, trimmed), r8);
    for (int part : {0, 4, 8}) {
        t.load(word, r1, r10, frame + saddr_at + part);
        t.store(word, r7, int(offsetof(WirePlan, saddr)) + part, r1);
    }
    t.store(word, r7, offsetof(WirePlan, sum_at), r9);
}

void count(Text &t, int counts, Text::Label done)
{
    t.load(word, r1, r7, offsetof(WirePlan, action) + offsetof(WireAction, number));
    t.store(word, r10, index, r1);
    look_up(t, counts, index, done);
    t.move(r1, 1);
    t.add_atomically(r0, offsetof(WireCount, packets), r1);
    t.add_atomically(r0, offsetof(WireCount, bytes), r8);
}

// To `not_mine`, unless the plan at r7 is one for this frame; struck out in any case.
void take_plan(Text &t, Text::Label not_mine)
{
    t.load(word, r9, r7, offsetof(WirePlan, sum_at));
    t.jump_if(r9, equal, 0, not_mine);
    t.store(word, r7, offsetof(WirePlan, sum_at), 0);
    t.load(word, r8, r6, offsetof(__sk_buff, len));
    t.load(word, r0, r7, offsetof(WirePlan, length));
    t.jump_if(r0, unequal, r8, not_mine);
}

// r8: the frame's beginning, `bytes` of which can be read and written.
void find_bytes(Text &t, int bytes, Text::Label too_short)
{
    t.load(word, r8, r6, offsetof(__sk_buff, data));
    t.load(word, r0, r6, offsetof(__sk_buff, data_end));
    t.move(r1, r8);
    t.alter(r1, plus, bytes);
    t.jump_if(r1, above, r0, too_short);
}

// The headers in one piece and ours to write; those of the plan.
void prepare_frame(Text &t, Text::Label not_mine, Text::Label lost)
{
    t.move(r1, r6);
    t.move(r2, header_bytes);
    t.call(BPF_FUNC_skb_pull_data);
    t.jump_if(r0, unequal, 0, lost);
    find_bytes(t, header_bytes, not_mine);
    for (int part : {0, 4, 8}) {
        t.load(word, r0, r8, saddr_at + part);
        t.load(word, r1, r7, int(offsetof(WirePlan, saddr)) + part);
        t.jump_if(r0, unequal, r1, not_mine);
    }
}

void trim_padding(Text &t, Text::Label lost)
{
    const Text::Label none = t.label();
    t.load(word, r2, r7, offsetof(WirePlan, trimmed));
    t.load(word, r0, r7, offsetof(WirePlan, length));
    t.jump_if(r2, equal, r0, none);
    t.move(r1, r6);
    t.move(r3, 0);
    t.call(BPF_FUNC_skb_change_tail);
    t.jump_if(r0, unequal, 0, lost);
    t.place(none);
}

// The transport checksum at r9 follows a change. The kernel knows whether it is unfinished: then ports do not matter to it.
void follow_change(Text &t, int change, int32_t what, Text::Label lost)
{
    const Text::Label is_tcp = t.label(), unchanged = t.label();
    t.load(word, r4, r7, change);
    t.jump_if(r4, equal, 0, unchanged);
    t.move(r5, what);
    t.jump_if(r9, equal, tcp_sum_at, is_tcp);
    t.alter(r5, either, BPF_F_MARK_MANGLED_0);
    t.place(is_tcp);
    t.move(r1, r6);
    t.move(r2, r9);
    t.move(r3, 0);
    t.call(BPF_FUNC_l4_csum_replace);
    t.jump_if(r0, unequal, 0, lost);
    t.place(unchanged);
}

// r8 the frame, r7 the plan.
void change_headers(Text &t)
{
    for (int at : {0, 4, 8}) {
        t.load(word, r0, r7, at);
        t.store(word, r8, at, r0);
    }
    for (int at : {0, 4, 8}) {
        t.load(word, r0, r7, int(offsetof(WireAction, saddr)) + at);
        t.store(word, r8, saddr_at + at, r0);
    }
    t.load(byte, r0, r8, ttl_at);
    t.alter(r0, minus, 1);
    t.store(byte, r8, ttl_at, r0);
    t.load(half, r1, r8, ip_sum_at);
    t.alter(r1, differ, 0xffff);
    t.load(word, r0, r7, offsetof(WireAction, header_change));
    t.alter(r1, plus, r0);
    for (int i = 0; i < 2; ++i) {
        t.move(r0, r1);
        t.alter(r0, right, 16);
        t.alter(r1, both, 0xffff);
        t.alter(r1, plus, r0);
    }
    t.alter(r1, differ, 0xffff);
    t.store(half, r8, ip_sum_at, r1);
}

}  // namespace

int load_judge(const FlowMaps &maps, const uint8_t *station, bool others, uint8_t side, String &problem)
{
    Text t;
    const Text::Label keep = t.label(), done = t.label(), elsewhere = t.label();
    t.move(r6, r1);
    find_plan(t, maps.plans, keep);
    t.store(word, r7, offsetof(WirePlan, sum_at), 0);
    require_frame(t, station, keep, elsewhere);
    require_ip(t, keep);
    require_transport(t, keep);
    find_flow(t, maps.flows, side, keep);
    require_fit(t, keep);
    write_plan(t);
    count(t, maps.counts, done);
    t.place(done);
    t.move(r0, 0);
    t.exit();
    t.place(elsewhere);
    if (!others) {
        t.load(byte, r0, r10, frame);  // a group's address is odd
        t.jump_if(r0, any_bit, 1, keep);
        t.move(r0, 0);
        t.exit();
    }
    t.place(keep);
    t.move(r0, everything);
    t.exit();
    return t.load(BPF_PROG_TYPE_SOCKET_FILTER, "mimi_judge", problem);
}

int load_mover(const FlowMaps &maps, String &problem)
{
    Text t;
    const Text::Label not_mine = t.label(), lost = t.label();
    t.move(r6, r1);
    find_plan(t, maps.plans, not_mine);
    take_plan(t, not_mine);
    prepare_frame(t, not_mine, lost);
    trim_padding(t, lost);
    follow_change(t, offsetof(WireAction, address_change), BPF_F_PSEUDO_HDR, lost);
    follow_change(t, offsetof(WireAction, port_change), 0, lost);
    find_bytes(t, header_bytes, lost);
    change_headers(t);
    t.load(word, r1, r7, offsetof(WireAction, device));
    t.move(r2, 0);
    t.call(BPF_FUNC_redirect);
    t.exit();
    t.place(lost);
    t.move(r0, TC_ACT_SHOT);
    t.exit();
    t.place(not_mine);
    t.move(r0, next_program);
    t.exit();
    return t.load(BPF_PROG_TYPE_SCHED_CLS, "mimi_mover", problem);
}

}  // namespace mimi
