// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "firewallfamily_impl.hh"
#include "firewallanswer.hh"
#include "minionfirewall.hh"
#include "packetfamily.hh"
#include <click/glue.hh>
CLICK_DECLS

using mimi::Direction;
using mimi::FirewallRule;
using mimi::FlowState;
using mimi::PacketKind;
using mimi::RuleAction;
using mimi::TcpVerdict;

namespace {

template <class A> const unsigned char *transport_of(const Packet *p, const mimi::PacketViewOf<A> &view)
{
    return p->network_header() + view.ip_bytes;
}

// An echo is answered by type 0, every other query of IPv4 by the type after its own, as is IPv6's echo.
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

template <class A> bool FirewallFamily<A>::restarts(const Group &, const Item &item, const Record &r) const
{
    return r.proto == mimi::proto_tcp && r.state() == FlowState::closed && this->begins_flow(item.view);
}

template <class A> mimi::RuleSubject FirewallFamily<A>::subject_of(const Group &g, const Item &item)
{
    const View &view = item.view;
    mimi::RuleSubject s = mimi::RuleSubject();
    s.side = g.port == 0 ? FirewallRule::inside : FirewallRule::outside;
    s.proto = mimi::fragment_place<A>(item.p).proto;
    firewallfamily::set_ends(s, view.saddr, view.daddr);
    if (s.proto == mimi::PacketFamily<A>::icmp) {
        const unsigned char *icmp = transport_of(item.p, view);
        if (view.transport_bytes >= 2)
            s.destination_port = uint16_t(icmp[0] << 8 | icmp[1]);
    } else if (view.kind == PacketKind::flow) {
        s.source_port = ntohs(view.key.tuple.sport);
        s.destination_port = ntohs(view.key.tuple.dport);
    }
    return s;
}

template <class A> RuleAction FirewallFamily<A>::meet(const Group &g, const Item &item) const
{
    return _rules.policy()->meet(subject_of(g, item), click_current_cpu_id());
}

// To the other side, as it came.
template <class A> int FirewallFamily<A>::leave(const Group &g, Item &item)
{
    mimi::set_destination(item.p, item.view.daddr);
    return g.port;
}

// As the primary shifted the flow's sequence numbers. False: out of memory, and the packet is gone.
template <class A> bool FirewallFamily<A>::shift(const Group &g, Item &item, const Record &r) const
{
    if (r.deltas.load(std::memory_order_relaxed) == 0)
        return true;
    WritablePacket *q = this->own(g, item);
    if (q)
        mimi::rewrite_flow(q, item.view, item.view.key.tuple, this->shift_of(r, item.direction));
    return q != nullptr;
}

template <class A> int FirewallFamily<A>::send_aside(const Group &g, Item &item, const Record &r)
{
    if (!shift(g, item, r))
        return MinionBox::gone;
    g.count(MinionFirewall::aside);
    return leave(g, item);
}

// What becomes of a packet that the rules do not allow.
template <class A> int FirewallFamily<A>::refuse(const Group &g, Item &item, RuleAction action)
{
    if (action == RuleAction::deny)
        return this->drop(g, item, MinionFirewall::drop_denied);
    const bool tcp = item.view.kind == PacketKind::flow && item.view.key.proto == mimi::proto_tcp;
    if (tcp ? (item.view.tcp_flags & mimi::flag_rst) != 0 : !mimi::may_be_answered(item.p, item.view))
        return this->drop(g, item, MinionFirewall::drop_denied);
    if (!_rules.answers.take(uint64_t(Timestamp::now_steady().nsecval())))
        return this->drop(g, item, MinionFirewall::drop_unanswered);
    WritablePacket *answer = tcp ? mimi::make_reset(item.p, item.view) : mimi::make_prohibited(item.p, item.view);
    item.p->kill();
    item.p = answer;
    g.count(answer ? (tcp ? int(MinionBox::resets) : int(MinionFirewall::rejections)) : int(MinionFirewall::drop_denied));
    return answer ? 1 - g.port : int(MinionBox::gone);
}

template <class A> inline int FirewallFamily<A>::handle_flow(const Group &g, Item &item, Record *r)
{
    _rules.hear(g.now);
    if (item.view.key.proto == mimi::proto_tcp && !mimi::sound_flags(item.view.tcp_flags))
        return this->drop(g, item, MinionFirewall::drop_flags);
    return Path::handle_flow(g, item, r);
}

template <class A> int FirewallFamily<A>::handle_miss(const Group &g, Item &item, Record *)
{
    const View &view = item.view;
    if (view.key.proto == mimi::proto_tcp && !mimi::begins_tcp_flow(view.tcp_flags)) {
        const uint8_t flags = view.tcp_flags & (mimi::flag_syn | mimi::flag_rst | mimi::flag_fin | mimi::flag_ack);
        if (!_rules.loose || flags != mimi::flag_ack)
            return this->handle_mid_flow(g, item);
    }
    if (view.key.proto == mimi::PacketFamily<A>::icmp && !mimi::PacketFamily<A>::asks(*transport_of(item.p, view)))
        return this->drop(g, item, MinionBox::drop_unknown);
    const RuleAction action = meet(g, item);
    return action == RuleAction::allow ? int(MinionBox::begins) : refuse(g, item, action);
}

// False: `to` says what becomes of the packet, which is no witness of its flow.
// Nothing is learned of the packet but that its flow lives.
template <class A> int FirewallFamily<A>::bear(const Group &g, Item &item, Record *r)
{
    this->refresh(g, r, lifetime(r->proto, r->state()));
    mimi::mark_through(r->life);
    return send_aside(g, item, *r);
}

template <class A> bool FirewallFamily<A>::witness_tcp(const Group &g, Item &item, Record *r, int &to)
{
    const Direction d = item.direction;
    const mimi::TcpSegment s = mimi::read_segment(transport_of(item.p, item.view), item.view.transport_bytes, this->shift_of(*r, d).ack);
    const uint32_t life = r->life.load(std::memory_order_relaxed);
    note_era(r);
    switch (_rules.window ? r->tcp.judge(life, d, s) : mimi::TcpTrack::judge_state(life, d, s)) {
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
    to = this->drop(g, item, MinionFirewall::drop_window);
    return false;
}

template <class A> bool FirewallFamily<A>::witness_query(const Group &g, Item &item, const Record *r, int &to)
{
    const uint8_t type = *transport_of(item.p, item.view), begun_with = r->query_type.load(std::memory_order_relaxed);
    if (type == (item.direction == Direction::forward ? begun_with : answer_to(begun_with)))
        return true;
    if (!mimi::PacketFamily<A>::asks(type)) {
        to = this->drop(g, item, MinionBox::drop_unknown);
        return false;
    }
    const RuleAction action = meet(g, item);
    to = action == RuleAction::allow ? send_aside(g, item, *r) : refuse(g, item, action);
    return false;
}

template <class A> int FirewallFamily<A>::rewrite(const Group &g, Item &item, Record *r)
{
    const Direction d = item.direction;
    int to = MinionBox::gone;
    if (r->proto == mimi::proto_tcp ? !witness_tcp(g, item, r, to) : r->proto == mimi::PacketFamily<A>::icmp && !witness_query(g, item, r, to))
        return to;
    if (!shift(g, item, *r))
        return MinionBox::gone;
    const FlowState state = mimi::track(*r, d, item.view.tcp_flags);
    this->refresh(g, r, lifetime(r->proto, state));
    mimi::mark_through(r->life);
    if (state != FlowState::fresh)
        _limits.settled(*r);
    if (r->side.load(std::memory_order_relaxed) == 0)
        r->side.store(initiator_side(g.port, d), std::memory_order_relaxed);
    g.count(d == Direction::forward ? MinionBox::forward : MinionBox::reverse);
    return leave(g, item);
}

template <class A> int FirewallFamily<A>::handle_icmp_error(const Group &g, Item &item, Record *r)
{
    if (!r)
        return this->drop(g, item, MinionBox::drop_icmp);
    const Direction d = item.direction, back = d == Direction::forward ? Direction::reverse : Direction::forward;
    const bool shifted = r->deltas.load(std::memory_order_relaxed) != 0;
    if (r->proto == mimi::proto_tcp && _rules.window && !shifted) {
        note_era(r);
        const unsigned char *quoted = transport_of(item.p, item.view) + mimi::icmp_header;
        mimi::TransportPlace place = {0, 0, 0};
        mimi::PacketFamily<A>::find_quoted(quoted, item.view.transport_bytes - mimi::icmp_header, place);  // it is there: the view says so
        if (!r->tcp.plausible(back, ntohl(mimi::load32(quoted + place.at + 4))))
            return this->drop(g, item, MinionBox::drop_icmp);
    }
    if (shifted)
        return Path::handle_icmp_error(g, item, r);
    g.count(MinionBox::icmp_errors);
    return leave(g, item);
}

template <class A> int FirewallFamily<A>::handle_fragment(const Group &g, Item &item) const
{
    const mimi::FragmentPlace place = mimi::fragment_place<A>(item.p);
    const bool overwrites = place.proto == mimi::proto_tcp && place.offset == 8;
    return overwrites ? this->drop(g, item, MinionBox::drop_fragment) : int(MinionBox::follows);
}

template <class A> int FirewallFamily<A>::handle_other(const Group &g, Item &item)
{
    const bool icmp = mimi::fragment_place<A>(item.p).proto == mimi::PacketFamily<A>::icmp;
    if (icmp && item.view.transport_bytes < mimi::icmp_header)
        return this->drop(g, item, MinionBox::drop_malformed);
    // An error about something that has no flow: nobody here asked for it.
    if (icmp && mimi::PacketFamily<A>::is_error(*transport_of(item.p, item.view)))
        return this->drop(g, item, MinionBox::drop_icmp);
    const RuleAction action = meet(g, item);
    if (action != RuleAction::allow)
        return refuse(g, item, action);
    g.count(MinionFirewall::stateless);
    return leave(g, item);
}

template <class A> bool FirewallFamily<A>::begin(const Group &g, Item &item, uint64_t clock, const Record *before, Binding &b, uint16_t &owner)
{
    const mimi::FlowKeyOf<A> &key = item.view.key;
    const bool counted = before && before->orig.saddr == key.tuple.saddr;
    if (!counted && !_limits.source_may(key.tuple.saddr)) {
        item.to = this->drop(g, item, MinionFirewall::drop_source);
        return false;
    }
    if (key.proto == mimi::proto_tcp && _limits.is_full()) {
        Record *r = _limits.in_the_way();
        if (!r) {
            item.to = this->drop(g, item, MinionFirewall::drop_half_open);
            return false;
        }
        g.count(MinionFirewall::recycled);
        if (r != before)
            this->_table->erase(r);
    }
    owner = firewall_owner;
    b.seq = this->next_seq(clock, before ? before->seq.load(std::memory_order_relaxed) : 0);
    b.proto = key.proto;
    b.orig = b.xlat = key.tuple;
    if (b.proto == mimi::proto_tcp)
        b.state = FlowState::fresh;  // also in the middle: until the other side is heard it might be anybody
    b.lifetime_s = lifetime(b.proto, b.state);
    return true;
}

template <class A> void FirewallFamily<A>::begun(const Group &g, Item &item, Record *r)
{
    if (!r)
        return;
    if (r->proto == mimi::proto_tcp) {
        note_era(r);
        r->tcp.begin(mimi::read_segment(transport_of(item.p, item.view), item.view.transport_bytes, 0));
    } else if (r->proto == mimi::PacketFamily<A>::icmp) {
        r->query_type.store(*transport_of(item.p, item.view), std::memory_order_relaxed);
    }
    r->side.store(g.port == 0 ? FirewallRule::inside : FirewallRule::outside, std::memory_order_relaxed);
    _limits.begun(*r);
}

template class FirewallFamily<uint32_t>;
template class FirewallFamily<mimi::Address6>;

CLICK_ENDDECLS
ELEMENT_PROVIDES(FirewallFamily)
ELEMENT_REQUIRES(BoxFamily FirewallAnswer FirewallPolicy FirewallTable FirewallTerms FlowLimits TcpTrack)
