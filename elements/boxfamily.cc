// SPDX-License-Identifier: Apache-2.0
// What may become of a packet, whatever the type of box.
#include <click/config.h>
#include "boxfamily_impl.hh"
#include "flowlife.hh"
#ifdef MIMI_RUNTIME
# include <click/router.hh>
#endif
CLICK_DECLS

template <class A> bool BoxFamilyOf<A>::begins_flow(const View &view)
{
    return view.key.proto != mimi::proto_tcp || mimi::begins_tcp_flow(view.tcp_flags);
}

template <class A> int BoxFamilyOf<A>::handle_mid_flow(const Group &g, Item &item) const
{
    const MinionBox::Unknown unknown = _box.terms().unknown;
    if (unknown == MinionBox::unknown_drop || (item.view.tcp_flags & mimi::flag_rst))
        return drop(g, item, MinionBox::drop_unknown);
    if (unknown == MinionBox::unknown_pick)
        return MinionBox::begins;
    WritablePacket *answer = mimi::make_reset(item.p, item.view);
    item.p->kill();
    item.p = answer;
    g.count(answer ? MinionBox::resets : MinionBox::drop_refused);
    return answer ? 1 - g.port : int(MinionBox::gone);
}

template <class A> int BoxFamilyOf<A>::follow_first(const Group &g, Item &item)
{
    typedef mimi::FragmentRoutes<A> Table;
    typename Table::Route route;
    uint64_t lost = 0;
    const typename Table::Key key = Table::key_of(item.p, item.view.saddr, item.view.daddr, g.port);
    const typename Table::Answer answer = _fragments.find_or_hold(key, item.p, g.now, route, lost);
    if (lost)
        _box.counts().add_shared(MinionBox::drop_fragment, lost);
    if (answer == Table::held)
        return MinionBox::gone;
    if (answer == Table::full)
        return drop(g, item, MinionBox::drop_fragment);
    WritablePacket *q = item.p->uniqueify();
    if (!q) {
        g.count(MinionBox::drop_refused);
        return MinionBox::gone;
    }
    item.p = q;
    mimi::rewrite_fragment(q, route.saddr, route.daddr);
    mimi::set_destination(q, route.next_hop);
    g.count(MinionBox::followed);
    return route.to;
}

template <class A> void BoxFamilyOf<A>::lead_others(Group &g, const Item &item)
{
    typedef mimi::FragmentRoutes<A> Table;
    typename Table::Route route;
    mimi::read_addresses(item.p, route.saddr, route.daddr);
    mimi::read_destination(item.p, route.next_hop);
    route.to = item.to;
    std::vector<Packet *> waiting;
    uint64_t lost = 0;
    _fragments.learn(Table::key_of(item.p, item.view.saddr, item.view.daddr, g.port), route, g.now, waiting, lost);
    if (lost)
        _box.counts().add_shared(MinionBox::drop_fragment, lost);
    for (Packet *p : waiting) {
        WritablePacket *q = p->uniqueify();
        if (!q) {
            g.count(MinionBox::drop_refused);
            continue;
        }
        mimi::rewrite_fragment(q, route.saddr, route.daddr);
        mimi::set_destination(q, route.next_hop);
        g.count(MinionBox::followed);
        g.more.push_back(std::make_pair(item.to, static_cast<Packet *>(q)));
    }
}

template <class A> void BoxFamilyOf<A>::grow_beside()
{
#ifdef MIMI_RUNTIME
    if (!_growing.exchange(true, std::memory_order_relaxed))
        _box.router()->run_beside([this] {
            _store->add_chunk();
            _growing.store(false, std::memory_order_relaxed);
        });
#endif
}

template <class A> void BoxFamilyOf<A>::count_carried(const PlainRecord &, mimi::Direction d, uint64_t packets)
{
    _box.counts().add_shared(d == mimi::Direction::forward ? MinionBox::forward : MinionBox::reverse, packets);
}

template class BoxFamilyOf<uint32_t>;
template class BoxFamilyOf<mimi::Address6>;

CLICK_ENDDECLS
ELEMENT_PROVIDES(BoxFamily)
ELEMENT_REQUIRES(BindingTable FlowBinding FragmentRoutes PacketRewrite)
