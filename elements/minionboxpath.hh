// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_MINIONBOXPATH_HH
#define MIMI_MINIONBOXPATH_HH
#include "minionbox.hh"
#include "flowlife.hh"
#if HAVE_BATCH
# include <click/packetbatch.hh>
#endif
#include <memory>
#include <new>
CLICK_DECLS

// The way of packets through a box: a group at a time, look, peek, handle, begin.
//
// `Box` is the type of box, which derives from this (and makes this class its friend). Whatever it defines under the name of a
// protected function here takes its place, without a virtual call. It must define
//
//   enum { two_sided = 0 or 1 };  0: packets of input 0 are forward and of input 1 reverse; 1: either may be either
//   enum { queries = 0 or 1 };    whether ICMP queries are flows
//   int handle_miss(const Group &, Item &, Record *ended)  a packet of no flow, or one that begins after its flow's end
//   bool begin(const Group &, Item &, uint64_t clock, const Record *before, FlowBinding &, uint16_t &tag)
//                                 makes the binding of the flow that begins with the packet, newer than `before`; false: there
//                                 can be none, and `to` says what becomes of the packet. Under the table's lock
//   bool is_own_error(const Group &, const Item &)  an ICMP error about no flow: is it about one that ought to be here?
//   bool is_own_fragment(const Group &, const Item &)
//
// What happens when packets of one group belong together: a packet whose flow begins in the same group waits until that is done,
// and then is a hit.

template <class Box, class R = mimi::BindingRecord> class MinionBoxPath : public MinionBox {
  public:
    typedef R Record;
    typedef mimi::RecordTable<R> Table;

    void push(int port, Packet *p)
    {
        Item item;
        item.p = p;
        Group g = group(port);
        work(g, &item, 1);
        if (item.to >= 0)
            output(item.to).push(item.p);
        for (const std::pair<int, Packet *> &other : g.more)
            output(other.first).push(other.second);
    }
#if HAVE_BATCH
    void push_batch(int port, PacketBatch *batch);
#endif
    void sort_own(int port, Packet *const *packets, unsigned n, bool *own);

  protected:
    std::unique_ptr<Table> _table;

    void make_table(size_t more_counters)
    {
        _table.reset(new Table(_capacity));
        use_store(_table.get(), more_counters);
    }
    // The common half of take_state(): the predecessor whose table is ours now, or null.
    Box *take_table(Element *old_element);

    Group group(int port)
    {
        return Group{port, now_s(), _counts.row(click_current_cpu_id()), false, std::vector<std::pair<int, Packet *>>()};
    }
    void work(Group &g, Item *items, unsigned n);
    void look(int port, Item &item) const;
    Record *find(const Group &g, Item &item) const;
    int handle(const Group &g, Item &item);
    int handle_flow(const Group &g, Item &item, Record *r);
    int handle_icmp_error(const Group &g, Item &item, Record *r);
    int handle_fragment(const Group &g, Item &item)
    {
        return box().is_own_fragment(g, item) ? int(follows) : pass(g, item);
    }
    int handle_other(const Group &g, Item &item) { return pass(g, item); }
    int rewrite(const Group &g, Item &item, Record *r);
    void begin_flows(Group &g, Item *items, unsigned n);

    // A beginning, on a port that an ended flow has used: a flow of its own.
    bool restarts(const Group &, const Item &item, const Record &r) const
    {
        return mimi::is_ending(r.state()) && item.view.key.proto == mimi::proto_tcp && begins_flow(item.view);
    }
    // A packet of the flow has been rewritten and is about to leave.
    void forwarded(const Group &, const Item &, const Record &) const {}
    // A packet of a group is about to begin a flow: asks for memory that begin() will want.
    void foresee(const Item &) const {}
    // A last look at the binding of begin(), when everything that it may collide with is in the table. It may be changed, its hashes
    // with it; false: there can be none after all, and `to` says what becomes of the packet.
    bool settle(const Group &, Item &, mimi::FlowBinding &, mimi::BindingStore::Prepared &, uint16_t &) { return true; }
    // The group's flows have begun; what has waited for that is decided here.
    void finish(const Group &, Item *, unsigned) {}
    // The binding of begin() is in the table; null: it was refused.
    void begun(const Group &, Item &, Record *) {}
    void refresh(const Group &g, Record *r, uint32_t lifetime_s)
    {
        if (g.locked)
            _table->refresh_locked(r, lifetime_s, g.now);
        else
            _table->refresh(r, lifetime_s, g.now);
    }
    static mimi::TcpShift shift_of(const Record &r, mimi::Direction d)
    {
        const uint64_t both = r.deltas.load(std::memory_order_relaxed);
        return mimi::tcp_shift(int32_t(uint32_t(both)), int32_t(uint32_t(both >> 32)), d);
    }
    // The key to look for. An ICMP error travels against the packet it is about.
    static mimi::FlowKey key_of(const mimi::PacketView &view)
    {
        if (view.kind == mimi::PacketKind::icmp_error)
            return mimi::FlowKey{view.key.tuple.reversed(), view.key.proto};
        return view.key;
    }
    // The packet to write to; null: out of memory, and it is gone.
    WritablePacket *own(const Group &g, Item &item) const
    {
        WritablePacket *q = item.p->uniqueify();
        if (!q)
            g.count(drop_refused);
        else
            item.p = q;
        return q;
    }

  private:
    struct Beginning {
        mimi::FlowBinding binding;
        mimi::BindingStore::Prepared hashes;
        Item *item;
        uint16_t tag;
    };
    Box &box() { return static_cast<Box &>(*this); }
    const Box &box() const { return static_cast<const Box &>(*this); }
    // Whether fragments of the packet's datagram go where it goes. A reset that has taken its place has none.
    static bool leads(const Item &item)
    {
        return item.view.more_fragments && item.view.kind != mimi::PacketKind::fragment && item.to >= 0
            && (item.p->network_header()[6] & 0x20) != 0;
    }
    bool decide(const Group &g, Item &item, uint64_t clock, Beginning &b);
    void put(const Group &g, Beginning &b);
};

template <class Box, class R> Box *MinionBoxPath<Box, R>::take_table(Element *old_element)
{
    Box *old = static_cast<Box *>(old_element->cast(class_name()));
    if (!old || !old->_table)
        return nullptr;
#ifdef MIMI_RUNTIME
    give_back_carried(*old);
#endif
    old->_table.swap(_table);
    old->_table->set_watch(nullptr);
    _table->set_watch(watch());
    old->_store = old->_table.get();
    _store = _table.get();
    _table->set_capacity(_capacity);
    take_counts(*old);
    return old;
}

template <class Box, class R> inline void MinionBoxPath<Box, R>::look(int port, Item &item) const
{
    new (&item.view) mimi::PacketView(mimi::view_packet(item.p, Box::queries));  // in place: a copy would wait for the stores
    item.direction = port == 0 ? mimi::Direction::forward : mimi::Direction::reverse;
    item.probe = _table->probe(key_of(item.view));
}

template <class Box, class R> inline R *MinionBoxPath<Box, R>::find(const Group &g, Item &item) const
{
    if (Box::two_sided)
        return _table->find_either(item.probe, key_of(item.view), item.direction, g.now);
    return _table->find(item.probe, key_of(item.view), item.direction, g.now);
}

template <class Box, class R> int MinionBoxPath<Box, R>::rewrite(const Group &g, Item &item, Record *r)
{
    const mimi::Direction d = item.direction;
    WritablePacket *q = own(g, item);
    if (!q)
        return gone;
    refresh(g, r, box().lifetime(r->proto, mimi::track(*r, d, item.view.tcp_flags)));
    mimi::mark_through(r->life);
    const mimi::FlowTuple to = r->outgoing(d);
    mimi::rewrite_flow(q, item.view, to, shift_of(*r, d));
    q->set_dst_ip_anno(IPAddress(to.daddr));
    g.count(d == mimi::Direction::forward ? forward : reverse);
    box().forwarded(g, item, *r);
    return g.port;
}

template <class Box, class R> int MinionBoxPath<Box, R>::handle_flow(const Group &g, Item &item, Record *r)
{
    if (r && !box().restarts(g, item, *r))
        return box().rewrite(g, item, r);
    return box().handle_miss(g, item, r);
}

template <class Box, class R> int MinionBoxPath<Box, R>::handle_icmp_error(const Group &g, Item &item, Record *r)
{
    if (!r)
        return box().is_own_error(g, item) ? drop(g, item, drop_icmp) : pass(g, item);
    WritablePacket *q = own(g, item);
    if (!q)
        return gone;
    if (!mimi::rewrite_icmp_error(q, item.view, r->binding(), item.direction))
        return drop(g, item, drop_malformed);
    q->set_dst_ip_anno(IPAddress(r->outgoing(item.direction).daddr));
    g.count(icmp_errors);
    return g.port;
}

template <class Box, class R> inline int MinionBoxPath<Box, R>::handle(const Group &g, Item &item)
{
    switch (item.view.kind) {
    case mimi::PacketKind::flow:
        return box().handle_flow(g, item, box().find(g, item));
    case mimi::PacketKind::icmp_error:
        return box().handle_icmp_error(g, item, box().find(g, item));
    case mimi::PacketKind::fragment:
        return box().handle_fragment(g, item);
    case mimi::PacketKind::other:
        return box().handle_other(g, item);
    case mimi::PacketKind::malformed:
        break;
    }
    return drop(g, item, drop_malformed);
}

// Another packet of the flow, here or on another thread, may have been first.
template <class Box, class R> bool MinionBoxPath<Box, R>::decide(const Group &g, Item &item, uint64_t clock, Beginning &b)
{
    item.probe.ref = 0;
    Record *r = box().find(g, item);
    if (r && !box().restarts(g, item, *r)) {
        item.to = box().rewrite(g, item, r);
        return false;
    }
    b.binding = mimi::FlowBinding();
    if (!box().begin(g, item, clock, r, b.binding, b.tag))
        return false;
    if (r && item.direction == mimi::Direction::reverse)
        _table->erase(r);  // the other side begins anew: put() would not take the one for the other's successor
    b.hashes = _table->prepare(b.binding);
    b.item = &item;
    return true;
}

template <class Box, class R> void MinionBoxPath<Box, R>::put(const Group &g, Beginning &b)
{
    if (!box().settle(g, *b.item, b.binding, b.hashes, b.tag))
        return;
    Record *r = _table->put(b.binding, b.hashes, b.tag, g.now).record;
    box().begun(g, *b.item, r);
    if (!r) {
        b.item->to = drop(g, *b.item, drop_refused);
        return;
    }
    g.count(b.binding.state == mimi::FlowState::established ? picked : new_flows);
    b.item->direction = mimi::Direction::forward;  // who begins is the initiator
    b.item->to = box().rewrite(g, *b.item, r);
}

// Flows that begin: everything that the table will touch is asked for before the first one is put into it.
template <class Box, class R> void MinionBoxPath<Box, R>::begin_flows(Group &g, Item *items, unsigned n)
{
    Beginning beginnings[group_size];
    unsigned count = 0;
    std::lock_guard<mimi::TableLock> guard(_table->lock());
    g.locked = true;
    const uint64_t clock = clock_us();
    auto is_twin = [&](const Item &item) {
        for (unsigned i = 0; i != count; ++i)
            if (beginnings[i].hashes.forward == item.probe.hash)
                return true;
        return false;
    };
    for (unsigned i = 0; i != n; ++i)
        if (items[i].to == begins)
            box().foresee(items[i]);
    for (unsigned i = 0; i != n; ++i)
        if (items[i].to == begins && !is_twin(items[i]))
            count += decide(g, items[i], clock, beginnings[count]);
    for (unsigned i = 0; i != count; ++i)
        put(g, beginnings[i]);
    for (unsigned i = 0; i != n; ++i)
        if (items[i].to == begins && decide(g, items[i], clock, beginnings[0]))
            put(g, beginnings[0]);
}

// A group: look at every packet and ask for its index line, ask for every record, then work on what has arrived.
template <class Box, class R> void MinionBoxPath<Box, R>::work(Group &g, Item *items, unsigned n)
{
    for (unsigned i = 0; i != n; ++i)
        box().look(g.port, items[i]);
    if (n > 1)
        for (unsigned i = 0; i != n; ++i)
            _table->peek(items[i].probe);
    bool any = false, divided = false;
    for (unsigned i = 0; i != n; ++i) {
        items[i].to = handle(g, items[i]);
        any |= items[i].to == begins;
        divided |= items[i].view.more_fragments || items[i].to == follows;
    }
    if (any) {
        begin_flows(g, items, n);
        g.locked = false;
        if (_table->wants_chunk())
            grow_beside();
    }
    box().finish(g, items, n);
    if (divided) {
        for (unsigned i = 0; i != n; ++i) {
            if (items[i].to == follows)
                items[i].to = follow_first(g, items[i]);
            else if (leads(items[i]))
                lead_others(g, items[i]);
        }
    }
}

template <class Box, class R> void MinionBoxPath<Box, R>::sort_own(int port, Packet *const *packets, unsigned n, bool *own)
{
    Item items[group_size];
    const Group g = group(port);
    for (unsigned i = 0; i != n; ++i) {
        items[i].p = packets[i];
        box().look(port, items[i]);
    }
    for (unsigned i = 0; i != n; ++i)
        _table->peek(items[i].probe);
    for (unsigned i = 0; i != n; ++i) {
        Item &item = items[i];
        const bool may_be = item.view.kind == mimi::PacketKind::flow || item.view.kind == mimi::PacketKind::icmp_error;
        const Record *r = may_be ? box().find(g, item) : nullptr;
        own[i] = r && (Record::flags_of(r->life.load(std::memory_order_relaxed)) & mimi::through);
        if (!own[i] || item.view.kind == mimi::PacketKind::icmp_error || !box().restarts(g, item, *r))
            continue;
        own[i] = false;
        std::lock_guard<mimi::TableLock> guard(_table->lock());
        for (unsigned j = i; j != n; ++j)  // the table changes: what was peeked at is out of date
            items[j].probe.ref = 0;
        Record *now = box().find(g, item);
        if (now && box().restarts(g, item, *now))
            _table->erase(now);
    }
}

#if HAVE_BATCH
template <class Box, class R> void MinionBoxPath<Box, R>::push_batch(int port, PacketBatch *batch)
{
    Item items[group_size];
    PacketBatch *out[3] = {nullptr, nullptr, nullptr};
    Packet *next = batch->first();
    auto leaves = [&out](int to, Packet *p) {
        p->set_next(nullptr);
        if (out[to])
            out[to]->append_packet(p);
        else
            out[to] = PacketBatch::make_from_packet(p);
    };
    Group g = group(port);
    while (next) {
        unsigned n = 0;
        for (; next && n != group_size; ++n) {
            items[n].p = next;
            next = next->next();
        }
        work(g, items, n);
        for (unsigned i = 0; i != n; ++i)
            if (items[i].to >= 0)
                leaves(items[i].to, items[i].p);
        for (const std::pair<int, Packet *> &other : g.more)
            leaves(other.first, other.second);
        g.more.clear();
    }
    for (int i = 0; i != 3; ++i)
        if (out[i])
            output(i).push_batch(out[i]);
}
#endif

CLICK_ENDDECLS
#endif
