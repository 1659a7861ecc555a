// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BOXPATH_HH
#define MIMI_BOXPATH_HH
#include "boxfamily.hh"
#include "flowlife.hh"
#include <memory>
#include <new>
CLICK_DECLS

// The way of packets through a family of a box: a group at a time, look, peek, handle, begin.
//
// `Family` is the type of family, which derives from this (and makes this class its friend). Whatever it defines under the name of a
// protected function here takes its place, without a virtual call. It must define
//
//   enum { two_sided = 0 or 1 };  0: packets of input 0 are forward and of input 1 reverse; 1: either may be either
//   enum { queries = 0 or 1 };    whether ICMP queries are flows
//   int handle_miss(const Group &, Item &, Record *ended)  a packet of no flow, or one that begins after its flow's end
//   bool begin(const Group &, Item &, uint64_t clock, const Record *before, Binding &, uint16_t &tag)
//                                 makes the binding of the flow that begins with the packet, newer than `before`; false: there
//                                 can be none, and `to` says what becomes of the packet. Under the table's lock
//   bool is_own_error(const Group &, const Item &)  an ICMP error about no flow: is it about one that ought to be here?
//   bool is_own_fragment(const Group &, const Item &)
//
// What happens when packets of one group belong together: a packet whose flow begins in the same group waits until that is done,
// and then is a hit.

template <class Family, class R> class BoxPath : public BoxFamilyOf<typename R::Address> {
  public:
    typedef R Record;
    typedef mimi::RecordTable<R> Table;
    typedef BoxFamilyOf<typename R::Address> Base;
    typedef typename Base::View View;
    typedef typename Base::Key Key;
    typedef typename Base::Tuple Tuple;
    typedef typename Base::Binding Binding;
    typedef typename Base::Prepared Prepared;
    typedef MinionBox::Group Group;

    void push(int port, Packet *p);
#if HAVE_BATCH
    Packet *push_chain(int port, Packet *first, BoxDepartures &out);
#endif
    void sort_own(int port, Packet *const *packets, unsigned n, bool *own);

    // Empty, of the box's capacity.
    void make_table()
    {
        _table.reset(new Table(_box.terms().capacity));
        Base::_store = _table.get();
        Base::_store->set_watch(this->watch());
    }

  protected:
    typedef typename Base::Item Item;
    enum : unsigned { group_size = MinionBox::group_max };
    using Base::_box;

    std::unique_ptr<Table> _table;

    explicit BoxPath(MinionBox &box) : Base(box) {}

    // The common half of succession: the predecessor's table is ours now, and it has ours.
    void take_table(Family &old);

    void work(Group &g, Item *items, unsigned n);
    void look(int port, Item &item) const;
    Record *find(const Group &g, Item &item) const;
    int handle(const Group &g, Item &item);
    int handle_flow(const Group &g, Item &item, Record *r);
    int handle_icmp_error(const Group &g, Item &item, Record *r);
    int handle_fragment(const Group &g, Item &item)
    {
        return self().is_own_fragment(g, item) ? int(MinionBox::follows) : this->pass(g, item);
    }
    int handle_other(const Group &g, Item &item) { return this->pass(g, item); }
    int rewrite(const Group &g, Item &item, Record *r);
    void begin_flows(Group &g, Item *items, unsigned n);

    // A beginning, on a port that an ended flow has used: a flow of its own.
    bool restarts(const Group &, const Item &item, const Record &r) const
    {
        return mimi::is_ending(r.state()) && item.view.key.proto == mimi::proto_tcp && this->begins_flow(item.view);
    }
    uint32_t lifetime(uint8_t proto, mimi::FlowState state) const { return _box.terms().lifetime(proto, state); }
    // A packet of the flow has been rewritten and is about to leave.
    void forwarded(const Group &, const Item &, const Record &) const {}
    // A packet of a group is about to begin a flow: asks for memory that begin() will want.
    void foresee(const Item &) const {}
    // A last look at the binding of begin(), when everything that it may collide with is in the table. It may be changed, its hashes
    // with it; false: there can be none after all, and `to` says what becomes of the packet.
    bool settle(const Group &, Item &, Binding &, Prepared &, uint16_t &) { return true; }
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
    static Key key_of(const View &view)
    {
        if (view.kind == mimi::PacketKind::icmp_error)
            return Key{view.key.tuple.reversed(), view.key.proto};
        return view.key;
    }
    // The packet to write to; null: out of memory, and it is gone.
    WritablePacket *own(const Group &g, Item &item) const
    {
        WritablePacket *q = item.p->uniqueify();
        if (!q)
            g.count(MinionBox::drop_refused);
        else
            item.p = q;
        return q;
    }

  private:
    struct Beginning {
        Binding binding;
        Prepared hashes;
        Item *item;
        uint16_t tag;
    };
    Family &self() { return static_cast<Family &>(*this); }
    const Family &self() const { return static_cast<const Family &>(*this); }
    // Whether fragments of the packet's datagram go where it goes. A reset that has taken its place has none.
    static bool leads(const Item &item)
    {
        return item.view.more_fragments && item.view.kind != mimi::PacketKind::fragment && item.to >= 0
            && mimi::fragment_place<typename R::Address>(item.p).more;
    }
    bool decide(const Group &g, Item &item, uint64_t clock, Beginning &b);
    void put(const Group &g, Beginning &b);
};

template <class Family, class R> void BoxPath<Family, R>::take_table(Family &old)
{
    old._table.swap(_table);
    old._table->set_watch(nullptr);
    _table->set_watch(this->watch());
    old._store = old._table.get();
    Base::_store = _table.get();
    _table->set_capacity(_box.terms().capacity);
    Base::_last_seq = old._last_seq;
}

template <class Family, class R> inline void BoxPath<Family, R>::look(int port, Item &item) const
{
    new (&item.view) View(mimi::view_packet_of<typename R::Address>(item.p, Family::queries));  // in place: a copy would wait for the stores
    item.direction = port == 0 ? mimi::Direction::forward : mimi::Direction::reverse;
    item.probe = _table->probe(key_of(item.view));
}

template <class Family, class R> inline R *BoxPath<Family, R>::find(const Group &g, Item &item) const
{
    if (Family::two_sided)
        return _table->find_either(item.probe, key_of(item.view), item.direction, g.now);
    return _table->find(item.probe, key_of(item.view), item.direction, g.now);
}

template <class Family, class R> int BoxPath<Family, R>::rewrite(const Group &g, Item &item, Record *r)
{
    const mimi::Direction d = item.direction;
    WritablePacket *q = own(g, item);
    if (!q)
        return MinionBox::gone;
    refresh(g, r, self().lifetime(r->proto, mimi::track(*r, d, item.view.tcp_flags)));
    mimi::mark_through(r->life);
    const Tuple to = r->outgoing(d);
    mimi::rewrite_flow(q, item.view, to, shift_of(*r, d));
    mimi::set_destination(q, to.daddr);
    g.count(d == mimi::Direction::forward ? MinionBox::forward : MinionBox::reverse);
    self().forwarded(g, item, *r);
    return g.port;
}

template <class Family, class R> int BoxPath<Family, R>::handle_flow(const Group &g, Item &item, Record *r)
{
    if (r && !self().restarts(g, item, *r))
        return self().rewrite(g, item, r);
    return self().handle_miss(g, item, r);
}

template <class Family, class R> int BoxPath<Family, R>::handle_icmp_error(const Group &g, Item &item, Record *r)
{
    if (!r)
        return self().is_own_error(g, item) ? this->drop(g, item, MinionBox::drop_icmp) : this->pass(g, item);
    WritablePacket *q = own(g, item);
    if (!q)
        return MinionBox::gone;
    if (!mimi::rewrite_icmp_error(q, item.view, r->binding(), item.direction))
        return this->drop(g, item, MinionBox::drop_malformed);
    mimi::set_destination(q, r->outgoing(item.direction).daddr);
    g.count(MinionBox::icmp_errors);
    return g.port;
}

template <class Family, class R> inline int BoxPath<Family, R>::handle(const Group &g, Item &item)
{
    switch (item.view.kind) {
    case mimi::PacketKind::flow:
        return self().handle_flow(g, item, self().find(g, item));
    case mimi::PacketKind::icmp_error:
        return self().handle_icmp_error(g, item, self().find(g, item));
    case mimi::PacketKind::fragment:
        return self().handle_fragment(g, item);
    case mimi::PacketKind::other:
        return self().handle_other(g, item);
    case mimi::PacketKind::malformed:
        break;
    }
    const unsigned version = version_of(item.p);
    if (version != this->version() && (version == 4 || version == 6))
        return MinionBox::foreign;
    return this->drop(g, item, MinionBox::drop_malformed);
}

// Another packet of the flow, here or on another thread, may have been first.
template <class Family, class R> bool BoxPath<Family, R>::decide(const Group &g, Item &item, uint64_t clock, Beginning &b)
{
    item.probe.ref = 0;
    Record *r = self().find(g, item);
    if (r && !self().restarts(g, item, *r)) {
        item.to = self().rewrite(g, item, r);
        return false;
    }
    b.binding = Binding();
    if (!self().begin(g, item, clock, r, b.binding, b.tag))
        return false;
    if (r && item.direction == mimi::Direction::reverse)
        _table->erase(r);  // the other side begins anew: put() would not take the one for the other's successor
    b.hashes = _table->prepare(b.binding);
    b.item = &item;
    return true;
}

template <class Family, class R> void BoxPath<Family, R>::put(const Group &g, Beginning &b)
{
    if (!self().settle(g, *b.item, b.binding, b.hashes, b.tag))
        return;
    Record *r = _table->put(b.binding, b.hashes, b.tag, g.now).record;
    self().begun(g, *b.item, r);
    if (!r) {
        b.item->to = this->drop(g, *b.item, MinionBox::drop_refused);
        return;
    }
    g.count(b.binding.state == mimi::FlowState::established ? MinionBox::picked : MinionBox::new_flows);
    b.item->direction = mimi::Direction::forward;  // who begins is the initiator
    b.item->to = self().rewrite(g, *b.item, r);
}

// Flows that begin: everything that the table will touch is asked for before the first one is put into it.
template <class Family, class R> void BoxPath<Family, R>::begin_flows(Group &g, Item *items, unsigned n)
{
    Beginning beginnings[group_size];
    unsigned count = 0;
    std::lock_guard<mimi::TableLock> guard(_table->lock());
    g.locked = true;
    const uint64_t clock = MinionBox::clock_us();
    auto is_twin = [&](const Item &item) {
        for (unsigned i = 0; i != count; ++i)
            if (beginnings[i].hashes.forward == item.probe.hash)
                return true;
        return false;
    };
    for (unsigned i = 0; i != n; ++i)
        if (items[i].to == MinionBox::begins)
            self().foresee(items[i]);
    for (unsigned i = 0; i != n; ++i)
        if (items[i].to == MinionBox::begins && !is_twin(items[i]))
            count += decide(g, items[i], clock, beginnings[count]);
    for (unsigned i = 0; i != count; ++i)
        put(g, beginnings[i]);
    for (unsigned i = 0; i != n; ++i)
        if (items[i].to == MinionBox::begins && decide(g, items[i], clock, beginnings[0]))
            put(g, beginnings[0]);
}

// A group: look at every packet and ask for its index line, ask for every record, then work on what has arrived.
template <class Family, class R> void BoxPath<Family, R>::work(Group &g, Item *items, unsigned n)
{
    for (unsigned i = 0; i != n; ++i)
        self().look(g.port, items[i]);
    if (n > 1)
        for (unsigned i = 0; i != n; ++i)
            _table->peek(items[i].probe);
    bool any = false, divided = false;
    for (unsigned i = 0; i != n; ++i) {
        items[i].to = handle(g, items[i]);
        any |= items[i].to == MinionBox::begins;
        divided |= items[i].view.more_fragments || items[i].to == MinionBox::follows;
    }
    if (any) {
        begin_flows(g, items, n);
        g.locked = false;
        if (_table->wants_chunk())
            this->grow_beside();
    }
    self().finish(g, items, n);
    if (divided) {
        for (unsigned i = 0; i != n; ++i) {
            if (items[i].to == MinionBox::follows)
                items[i].to = this->follow_first(g, items[i]);
            else if (leads(items[i]))
                this->lead_others(g, items[i]);
        }
    }
}

template <class Family, class R> void BoxPath<Family, R>::sort_own(int port, Packet *const *packets, unsigned n, bool *own)
{
    Item items[group_size];
    const Group g = _box.group(port);
    for (unsigned i = 0; i != n; ++i) {
        items[i].p = packets[i];
        self().look(port, items[i]);
    }
    for (unsigned i = 0; i != n; ++i)
        _table->peek(items[i].probe);
    for (unsigned i = 0; i != n; ++i) {
        Item &item = items[i];
        const bool may_be = item.view.kind == mimi::PacketKind::flow || item.view.kind == mimi::PacketKind::icmp_error;
        const Record *r = may_be ? self().find(g, item) : nullptr;
        own[i] = r && (Record::flags_of(r->life.load(std::memory_order_relaxed)) & mimi::through);
        if (!own[i] || item.view.kind == mimi::PacketKind::icmp_error || !self().restarts(g, item, *r))
            continue;
        own[i] = false;
        std::lock_guard<mimi::TableLock> guard(_table->lock());
        for (unsigned j = i; j != n; ++j)  // the table changes: what was peeked at is out of date
            items[j].probe.ref = 0;
        Record *now = self().find(g, item);
        if (now && self().restarts(g, item, *now))
            _table->erase(now);
    }
}

template <class Family, class R> void BoxPath<Family, R>::push(int port, Packet *p)
{
    Item item;
    item.p = p;
    Group g = _box.group(port);
    work(g, &item, 1);
    if (item.to >= 0)
        _box.output(item.to).push(item.p);
    for (const std::pair<int, Packet *> &other : g.more)
        _box.output(other.first).push(other.second);
}

#if HAVE_BATCH
template <class Family, class R> Packet *BoxPath<Family, R>::push_chain(int port, Packet *next, BoxDepartures &out)
{
    Item items[group_size];
    Packet *strangers = nullptr, *last = nullptr;
    Group g = _box.group(port);
    while (next) {
        unsigned n = 0;
        for (; next && n != group_size; ++n) {
            items[n].p = next;
            next = next->next();
        }
        work(g, items, n);
        for (unsigned i = 0; i != n; ++i) {
            if (items[i].to >= 0) {
                out.add(items[i].to, items[i].p);
            } else if (items[i].to == MinionBox::foreign) {
                if (last)
                    last->set_next(items[i].p);
                else
                    strangers = items[i].p;
                last = items[i].p;
            }
        }
        for (const std::pair<int, Packet *> &other : g.more)
            out.add(other.first, other.second);
        g.more.clear();
    }
    if (last)
        last->set_next(nullptr);
    return strangers;
}
#endif

CLICK_ENDDECLS
#endif
