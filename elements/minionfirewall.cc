// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "minionfirewall.hh"
#include "firewallanswer.hh"
#include <click/glue.hh>
CLICK_DECLS

using mimi::Direction;
using mimi::FirewallRule;
using mimi::FlowState;
using mimi::PacketKind;
using mimi::PacketView;
using mimi::RuleAction;
using mimi::TcpVerdict;

namespace {

const unsigned char *transport_of(const Packet *p, const PacketView &view)
{
    return p->network_header() + view.ip_bytes;
}

// In units of eight bytes.
unsigned fragment_offset(const Packet *p)
{
    const unsigned char *ip = p->network_header();
    return unsigned(ip[6] << 8 | ip[7]) & 0x1fff;
}

bool is_icmp_error(uint8_t icmp_type)
{
    return icmp_type == 3 || icmp_type == 4 || icmp_type == 11 || icmp_type == 12;
}

bool asks(uint8_t icmp_type)
{
    return icmp_type == 8 || icmp_type == 13 || icmp_type == 15 || icmp_type == 17;
}

// An echo is answered by type 0, every other query by the type after its own.
uint8_t answer_to(uint8_t icmp_type)
{
    return icmp_type == 8 ? uint8_t(0) : uint8_t(icmp_type + 1);
}

// Where a packet of one end is from, if its flow's initiator is on that side.
uint8_t initiator_side(int port, Direction d)
{
    const bool inside = (port == 0) == (d == Direction::forward);
    return inside ? FirewallRule::inside : FirewallRule::outside;
}

}  // namespace

MinionFirewall::MinionFirewall() : _policy(nullptr), _era(1), _last_heard_s(0) {}

MinionFirewall::~MinionFirewall()
{
    delete _policy.load(std::memory_order_relaxed);
    _old_policies.drain([](mimi::FirewallPolicy *p) { delete p; });
}

bool MinionFirewall::restarts(const Group &, const Item &item, const Record &r) const
{
    return r.proto == mimi::proto_tcp && r.state() == FlowState::closed && begins_flow(item.view);
}

mimi::RuleSubject MinionFirewall::subject_of(const Group &g, const Item &item)
{
    const PacketView &view = item.view;
    const unsigned char *ip = item.p->network_header();
    mimi::RuleSubject s = mimi::RuleSubject();
    s.side = g.port == 0 ? FirewallRule::inside : FirewallRule::outside;
    s.proto = ip[9];
    s.family = mimi::RuleFamily::ip4;
    s.source.low = ntohl(view.saddr);
    s.destination.low = ntohl(view.daddr);
    if (s.proto == IP_PROTO_ICMP) {
        const unsigned char *icmp = transport_of(item.p, view);
        if (view.transport_bytes >= 2)
            s.destination_port = uint16_t(icmp[0] << 8 | icmp[1]);
    } else if (view.kind == PacketKind::flow) {
        s.source_port = ntohs(view.key.tuple.sport);
        s.destination_port = ntohs(view.key.tuple.dport);
    }
    return s;
}

RuleAction MinionFirewall::meet(const Group &g, const Item &item) const
{
    return _policy.load(std::memory_order_acquire)->meet(subject_of(g, item), click_current_cpu_id());
}

// To the other side, as it came.
int MinionFirewall::leave(const Group &g, Item &item)
{
    item.p->set_dst_ip_anno(IPAddress(item.view.daddr));
    return g.port;
}

// As the primary shifted the flow's sequence numbers. False: out of memory, and the packet is gone.
bool MinionFirewall::shift(const Group &g, Item &item, const Record &r) const
{
    if (r.deltas.load(std::memory_order_relaxed) == 0)
        return true;
    WritablePacket *q = own(g, item);
    if (q)
        mimi::rewrite_flow(q, item.view, item.view.key.tuple, shift_of(r, item.direction));
    return q != nullptr;
}

int MinionFirewall::send_aside(const Group &g, Item &item, const Record &r)
{
    if (!shift(g, item, r))
        return gone;
    g.count(aside);
    return leave(g, item);
}

// What becomes of a packet that the rules do not allow.
int MinionFirewall::refuse(const Group &g, Item &item, RuleAction action)
{
    if (action == RuleAction::deny)
        return drop(g, item, drop_denied);
    const bool tcp = item.view.kind == PacketKind::flow && item.view.key.proto == mimi::proto_tcp;
    WritablePacket *answer = tcp ? mimi::make_reset(item.p, item.view) : mimi::make_prohibited(item.p, item.view);
    item.p->kill();
    item.p = answer;
    g.count(answer ? (tcp ? int(resets) : int(rejections)) : int(drop_denied));
    return answer ? 1 - g.port : int(gone);
}

// A new era begins when nothing has come for a while. Two threads that notice at the same time begin two.
inline void MinionFirewall::hear(const Group &g)
{
    const uint32_t last = _last_heard_s.load(std::memory_order_relaxed);
    if (last == g.now)
        return;
    _last_heard_s.store(g.now, std::memory_order_relaxed);
    if (last != 0 && g.now - last >= silence_s && g.now > last)
        _era.fetch_add(1, std::memory_order_relaxed);
}

inline int MinionFirewall::handle_flow(const Group &g, Item &item, Record *r)
{
    hear(g);
    if (item.view.key.proto == mimi::proto_tcp && !mimi::sound_flags(item.view.tcp_flags))
        return drop(g, item, drop_flags);
    return Path::handle_flow(g, item, r);
}

int MinionFirewall::handle_miss(const Group &g, Item &item, Record *)
{
    const PacketView &view = item.view;
    if (view.key.proto == mimi::proto_tcp && !mimi::begins_tcp_flow(view.tcp_flags)) {
        const uint8_t flags = view.tcp_flags & (mimi::flag_syn | mimi::flag_rst | mimi::flag_fin | mimi::flag_ack);
        if (!_loose || flags != mimi::flag_ack)
            return handle_mid_flow(g, item);
    }
    if (view.key.proto == mimi::proto_icmp && !asks(*transport_of(item.p, view)))
        return drop(g, item, drop_unknown);
    const RuleAction action = meet(g, item);
    return action == RuleAction::allow ? int(begins) : refuse(g, item, action);
}

// False: `to` says what becomes of the packet, which is no witness of its flow.
// Nothing is learned of the packet but that its flow lives.
int MinionFirewall::bear(const Group &g, Item &item, Record *r)
{
    refresh(g, r, lifetime(r->proto, r->state()));
    mimi::mark_through(r->life);
    return send_aside(g, item, *r);
}

bool MinionFirewall::witness_tcp(const Group &g, Item &item, Record *r, int &to)
{
    const Direction d = item.direction;
    const mimi::TcpSegment s = mimi::read_segment(transport_of(item.p, item.view), item.view.transport_bytes, shift_of(*r, d).ack);
    const uint32_t life = r->life.load(std::memory_order_relaxed);
    note_era(r);
    switch (_window ? r->tcp.judge(life, d, s) : mimi::TcpTrack::judge_state(life, d, s)) {
    case TcpVerdict::pass:
        if (item.view.more_fragments)
            r->tcp.doubt(d);
        return true;
    case TcpVerdict::renewed:
        r->life.store(mimi::BindingRecord::make_life(FlowState::fresh, mimi::answered | mimi::through), std::memory_order_relaxed);
        return true;
    case TcpVerdict::aside:
        to = send_aside(g, item, *r);
        return false;
    case TcpVerdict::bear:
        to = bear(g, item, r);
        return false;
    case TcpVerdict::ask: {
        const RuleAction action = meet(g, item);
        if (action == RuleAction::allow)
            r->tcp.await(d);
        to = action == RuleAction::allow ? send_aside(g, item, *r) : refuse(g, item, action);
        return false;
    }
    case TcpVerdict::refuse:
        break;
    }
    to = drop(g, item, drop_window);
    return false;
}

bool MinionFirewall::witness_query(const Group &g, Item &item, const Record *r, int &to)
{
    const uint8_t type = *transport_of(item.p, item.view), begun_with = r->query_type.load(std::memory_order_relaxed);
    if (type == (item.direction == Direction::forward ? begun_with : answer_to(begun_with)))
        return true;
    if (!asks(type)) {
        to = drop(g, item, drop_unknown);
        return false;
    }
    const RuleAction action = meet(g, item);
    to = action == RuleAction::allow ? send_aside(g, item, *r) : refuse(g, item, action);
    return false;
}

int MinionFirewall::rewrite(const Group &g, Item &item, Record *r)
{
    const Direction d = item.direction;
    int to = gone;
    if (r->proto == mimi::proto_tcp ? !witness_tcp(g, item, r, to) : r->proto == mimi::proto_icmp && !witness_query(g, item, r, to))
        return to;
    if (!shift(g, item, *r))
        return gone;
    const FlowState state = mimi::track(*r, d, item.view.tcp_flags);
    refresh(g, r, lifetime(r->proto, state));
    mimi::mark_through(r->life);
    if (state != FlowState::fresh)
        _limits.settled(*r);
    if (r->side.load(std::memory_order_relaxed) == 0)
        r->side.store(initiator_side(g.port, d), std::memory_order_relaxed);
    g.count(d == Direction::forward ? forward : reverse);
    return leave(g, item);
}

int MinionFirewall::handle_icmp_error(const Group &g, Item &item, Record *r)
{
    if (!r)
        return drop(g, item, drop_icmp);
    const Direction d = item.direction, back = d == Direction::forward ? Direction::reverse : Direction::forward;
    const bool shifted = r->deltas.load(std::memory_order_relaxed) != 0;
    if (r->proto == mimi::proto_tcp && _window && !shifted) {
        note_era(r);
        const unsigned char *quoted = transport_of(item.p, item.view) + 8;
        uint32_t seq;
        memcpy(&seq, quoted + unsigned(quoted[0] & 15) * 4 + 4, sizeof(seq));
        if (!r->tcp.plausible(back, ntohl(seq)))
            return drop(g, item, drop_icmp);
    }
    if (shifted)
        return Path::handle_icmp_error(g, item, r);
    g.count(icmp_errors);
    return leave(g, item);
}

int MinionFirewall::handle_fragment(const Group &g, Item &item) const
{
    const bool overwrites = item.p->network_header()[9] == mimi::proto_tcp && fragment_offset(item.p) == 1;
    return overwrites ? drop(g, item, drop_fragment) : int(follows);
}

int MinionFirewall::handle_other(const Group &g, Item &item)
{
    const uint8_t proto = item.p->network_header()[9];
    if (proto == IP_PROTO_ICMP && item.view.transport_bytes < 8)
        return drop(g, item, drop_malformed);
    // An error about something that has no flow: nobody here asked for it.
    if (proto == IP_PROTO_ICMP && is_icmp_error(*transport_of(item.p, item.view)))
        return drop(g, item, drop_icmp);
    const RuleAction action = meet(g, item);
    if (action != RuleAction::allow)
        return refuse(g, item, action);
    g.count(stateless);
    return leave(g, item);
}

bool MinionFirewall::begin(const Group &g, Item &item, uint64_t clock, const Record *before, mimi::FlowBinding &b, uint16_t &owner)
{
    const mimi::FlowKey &key = item.view.key;
    const bool counted = before && before->orig.saddr == key.tuple.saddr;
    if (!counted && !_limits.source_may(key.tuple.saddr)) {
        item.to = drop(g, item, drop_source);
        return false;
    }
    if (key.proto == mimi::proto_tcp && _limits.is_full()) {
        Record *r = _limits.in_the_way();
        if (!r) {
            item.to = drop(g, item, drop_half_open);
            return false;
        }
        g.count(recycled);
        if (r != before)
            _table->erase(r);
    }
    owner = firewall_owner;
    b.seq = next_seq(clock, before ? before->seq.load(std::memory_order_relaxed) : 0);
    b.proto = key.proto;
    b.orig = b.xlat = key.tuple;
    if (b.proto == mimi::proto_tcp)
        b.state = FlowState::fresh;  // also in the middle: until the other side is heard it might be anybody
    b.lifetime_s = lifetime(b.proto, b.state);
    return true;
}

void MinionFirewall::begun(const Group &g, Item &item, Record *r)
{
    if (!r)
        return;
    if (r->proto == mimi::proto_tcp) {
        note_era(r);
        r->tcp.begin(mimi::read_segment(transport_of(item.p, item.view), item.view.transport_bytes, 0));
    } else if (r->proto == mimi::proto_icmp) {
        r->query_type.store(*transport_of(item.p, item.view), std::memory_order_relaxed);
    }
    r->side.store(g.port == 0 ? FirewallRule::inside : FirewallRule::outside, std::memory_order_relaxed);
    _limits.begun(*r);
}

CLICK_ENDDECLS
EXPORT_ELEMENT(MinionFirewall)
ELEMENT_REQUIRES(FirewallAnswer FirewallPolicy FirewallTable FlowLimits MinionBox MinionFirewallRules MinionFirewallSetup TcpTrack)
