// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "translatorfamily.hh"
#include "minionnat.hh"
#ifdef MIMI_RUNTIME
# include "carriedflows.hh"
#endif
#include <click/glue.hh>
#include <clicknet/ip.h>
CLICK_DECLS

using mimi::Direction;
using mimi::Endpoint;
using mimi::FlowState;

TranslatorFamily::TranslatorFamily(MinionBox &box) : BoxPath(box) {}

TranslatorFamily::~TranslatorFamily() {}

// A reply to a query begins nothing.
bool TranslatorFamily::begins_flow(const mimi::PacketView &view)
{
    return view.key.proto == mimi::proto_icmp ? view.key.tuple.dport == 0 : BoxPath::begins_flow(view);
}

// The one who began it uses the same ports again; a flow of which only one side has ended goes on.
bool TranslatorFamily::restarts(const Group &, const Item &item, const Record &r) const
{
    return item.direction == Direction::forward && r.state() == FlowState::closed && item.view.key.proto == mimi::proto_tcp
        && begins_flow(item.view);
}

int TranslatorFamily::rewrite(const Group &g, Item &item, Record *r)
{
    if (BoxPath::rewrite(g, item, r) == MinionBox::gone)
        return MinionBox::gone;
    const uint16_t tag = r->tag.load(std::memory_order_relaxed);
    if (tag == (initiator_inside | responder_inside))
        g.count(MinionNAT::hairpins);
    return output_of(tag, item.direction);
}

int TranslatorFamily::handle_flow(const Group &g, Item &item, Record *r)
{
    if (r && from_inside(r->tag.load(std::memory_order_relaxed), item.direction) != (g.port == 0))
        return pass(g, item);  // the right numbers from the wrong side
    return BoxPath::handle_flow(g, item, r);
}

int TranslatorFamily::handle_miss(const Group &g, Item &item, Record *)
{
    const mimi::FlowKey &key = item.view.key;
    const bool tcp = key.proto == mimi::proto_tcp;
    if (_rules.is_inside(key.tuple.saddr) != (g.port == 0) || (g.port == 1 && !_rules.is_outside(key.tuple.daddr)))
        return pass(g, item);
    if (begins_flow(item.view))
        return MinionBox::begins;
    if (g.port == 0)
        return tcp ? handle_mid_flow(g, item) : drop(g, item, MinionBox::drop_unknown);
    return tcp && _box.terms().unknown == MinionBox::unknown_pick ? int(MinionBox::begins) : drop(g, item, MinionNAT::drop_unsolicited);
}

bool TranslatorFamily::is_own_fragment(const Group &g, const Item &item) const
{
    return g.port == 0 ? _rules.is_inside(item.view.saddr) : _rules.is_outside(item.view.daddr);
}

// RFC 5508, section 4: what is about no flow of ours, or damaged, is dropped silently.
int TranslatorFamily::handle_icmp_error(const Group &g, Item &item, Record *r)
{
    const mimi::PacketView &view = item.view;
    const bool sender_inside = _rules.is_inside(view.saddr);
    const uint16_t tag = r ? r->tag.load(std::memory_order_relaxed) : uint16_t(0);
    if (g.port == 1 ? sender_inside || !_rules.is_outside(view.daddr) : !sender_inside && !r)
        return pass(g, item);
    if (!r || from_inside(tag, item.direction) != (g.port == 0))
        return drop(g, item, MinionBox::drop_icmp);
    const unsigned char *quoted = item.p->network_header() + view.ip_bytes + 8;
    if (click_in_cksum(quoted, (quoted[0] & 15) * 4) != 0)
        return drop(g, item, MinionBox::drop_malformed);
    WritablePacket *q = own(g, item);
    if (!q)
        return MinionBox::gone;
    const mimi::FlowTuple to = r->outgoing(item.direction);
    Endpoint seen = {view.saddr, 0};
    if (g.port == 0 && !_rules.static_outside(mimi::proto_icmp, Endpoint{view.saddr, 0}, seen))
        seen.addr = to.saddr;  // a router inside has no address outside: it speaks as the host that it speaks of
    if (!mimi::rewrite_icmp_error(q, view, r->binding(), item.direction, seen.addr))
        return drop(g, item, MinionBox::drop_malformed);
    q->set_dst_ip_anno(IPAddress(to.daddr));
    g.count(MinionBox::icmp_errors);
    return output_of(tag, item.direction);
}

bool TranslatorFamily::admits(uint8_t proto, const Endpoint &outside, const Endpoint &remote, Endpoint &inside) const
{
    return _rules.static_inside(proto, outside, inside) || _mappings->admits(proto, outside, remote, inside);
}

// A new outside endpoint. A host that has an address stays with it, even if nothing is left there (RFC 7857, section 4).
bool TranslatorFamily::choose_outside(uint8_t proto, const Endpoint &inside, Endpoint &outside)
{
    uint32_t number = mimi::PortPool::none;
    if (_policy.paired) {
        bool any = false;
        const uint32_t pair = _mappings->pair_of(inside.addr, [&](uint32_t addr) {
            const uint32_t n = _ports.number_of(addr);
            any |= n != mimi::PortPool::none;
            return n != mimi::PortPool::none && _ports.free_ports(n, proto) != 0;
        });
        if (pair)
            number = _ports.number_of(pair);
        else if (any)
            return false;
    }
    if (number == mimi::PortPool::none)
        number = _ports.any_address(proto);
    if (number == mimi::PortPool::none)
        return false;
    const bool ports = proto != mimi::proto_icmp;
    const mimi::PortPool::Wish wish = {inside.port, _policy.preservation, ports, _policy.parity && proto == mimi::proto_udp};
    outside.addr = _ports.address(number);
    return _ports.allocate(number, proto, wish, outside.port);
}

// Until the binding is in the table, the mapping is held for it: item.mark.
bool TranslatorFamily::begin_outbound(const Group &g, Item &item, mimi::FlowBinding &b)
{
    const uint8_t proto = b.proto;
    const Endpoint inside = source_of(b.orig), remote = destination_of(b.orig);
    Endpoint outside, target = remote;
    const bool hairpin = _rules.is_outside(remote.addr);
    if (hairpin && !_policy.hairpinning) {
        item.to = drop(g, item, MinionNAT::drop_hairpin);
        return false;
    }
    const bool bound = _rules.static_outside(proto, inside, outside);
    const uint32_t known = bound ? 0 : _mappings->find(proto, inside, remote);
    if (known) {
        outside = (*_mappings)[known].outside;
    } else if (!bound && !choose_outside(proto, inside, outside)) {
        item.to = drop(g, item, MinionNAT::drop_no_port);
        return false;
    }
    if (hairpin && !admits(proto, remote, outside, target)) {
        if (!bound && !known)
            _ports.mark(outside, proto, false);
        item.to = drop(g, item, MinionNAT::drop_unsolicited);
        return false;
    }
    if (!bound)
        item.mark = _mappings->hold(proto, inside, outside, remote);
    b.xlat = mimi::FlowTuple{outside.addr, target.addr, outside.port, target.port};
    return true;
}

bool TranslatorFamily::begin_inbound(const Group &g, Item &item, mimi::FlowBinding &b) const
{
    Endpoint inside;
    if (!admits(b.proto, destination_of(b.orig), source_of(b.orig), inside)) {
        item.to = drop(g, item, MinionNAT::drop_unsolicited);
        return false;
    }
    b.xlat = mimi::FlowTuple{b.orig.saddr, inside.addr, b.orig.sport, inside.port};
    return true;
}

bool TranslatorFamily::begin(const Group &g, Item &item, uint64_t clock, const Record *before, mimi::FlowBinding &b, uint16_t &tag)
{
    item.mark = 0;
    _table->expire(g.now, group_size);  // what is over holds no port any more, though nobody has come by to say so
    b.proto = item.view.key.proto;
    b.orig = item.view.key.tuple;
    if (g.port == 0 ? !begin_outbound(g, item, b) : !begin_inbound(g, item, b))
        return false;
    b.seq = next_seq(clock, before ? before->seq.load(std::memory_order_relaxed) : 0);
    if (b.proto == mimi::proto_tcp)
        b.state = begins_flow(item.view) ? FlowState::fresh : FlowState::established;
    b.lifetime_s = lifetime(b.proto, b.state);
    tag = owner_of(b);
    return true;
}

TranslatorFamily::Outcome TranslatorFamily::adopt(const mimi::FlowBinding &b, const mimi::BindingStore::Prepared &hashes, uint16_t owner,
                                    uint32_t now)
{
#ifdef MIMI_RUNTIME
    _box.carried()->make_way_for(b);
#endif
    return BoxPath::adopt(b, hashes, owner, now);
}

int TranslatorFamily::carried_side(const mimi::BindingRecord &r, Direction d) const
{
    const uint16_t tag = r.tag.load(std::memory_order_relaxed);
    return tag == (initiator_inside | responder_inside) ? -1 : from_inside(tag, d) ? 0 : 1;
}

void TranslatorFamily::foresee(const Item &item) const
{
    const mimi::FlowTuple &t = item.view.key.tuple;
    _mappings->prefetch(item.view.key.proto, source_of(t), destination_of(t));
}

// The responder's packets must not lead to another flow.
bool TranslatorFamily::settle(const Group &g, Item &item, mimi::FlowBinding &b, mimi::BindingStore::Prepared &hashes, uint16_t &)
{
    Direction d;
    const Record *rival = _table->find_either(mimi::BindingStore::Probe{hashes.reverse, 0}, b.reply_key(), d, g.now);
    if (rival && rival->orig != b.orig) {
        release(item);
        item.to = drop(g, item, MinionBox::drop_refused);
        return false;
    }
    _entering = item.mark;
    return true;
}

// The binding has taken the mapping that was held for it, unless it is not there, or took the place of one that had it already.
void TranslatorFamily::begun(const Group &, Item &item, Record *)
{
    if (_entering)
        release(item);
    _entering = 0;
}

void TranslatorFamily::release(Item &item)
{
    if (!item.mark)
        return;
    const mimi::NatMapping m = (*_mappings)[item.mark];
    if (_mappings->let_go(item.mark))
        _ports.mark(m.outside, m.proto, false);
    item.mark = 0;
}

void TranslatorFamily::enter(uint8_t proto, const Endpoint &inside, const Endpoint &outside, const Endpoint &remote)
{
    if (!_mappings->uses(proto, outside))
        _ports.mark(outside, proto, true);
    if (const uint32_t number = _mappings->hold(proto, inside, outside, remote)) {
        _mappings->list(number);
        _mappings->add_peer(number, remote.addr);
    }
}

void TranslatorFamily::leave(uint8_t proto, const Endpoint &inside, const Endpoint &outside, const Endpoint &remote)
{
    if (_mappings->let_go(proto, inside, outside, remote))
        _ports.mark(outside, proto, false);
}

void TranslatorFamily::flow_entered(mimi::BindingRecord &r)
{
    const uint16_t tag = r.tag.load(std::memory_order_relaxed);
    if (_entering) {
        _mappings->list(_entering);
        _mappings->add_peer(_entering, r.orig.daddr);
    } else if (tag & initiator_inside) {
        enter(r.proto, source_of(r.orig), source_of(r.xlat), destination_of(r.orig));
    }
    _entering = 0;
    if (tag & responder_inside)
        enter(r.proto, destination_of(r.xlat), destination_of(r.orig), source_of(r.xlat));
}

void TranslatorFamily::flow_left(const mimi::BindingRecord &r)
{
    const uint16_t tag = r.tag.load(std::memory_order_relaxed);
    if (tag & initiator_inside)
        leave(r.proto, source_of(r.orig), source_of(r.xlat), destination_of(r.orig));
    if (tag & responder_inside)
        leave(r.proto, destination_of(r.xlat), destination_of(r.orig), source_of(r.xlat));
}

CLICK_ENDDECLS
ELEMENT_PROVIDES(TranslatorFamily)
ELEMENT_REQUIRES(MinionBox NatMappings NatRules PortPool)
