// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "minionlb.hh"
#include "flowlife.hh"
#include <click/glue.hh>
#include <click/timestamp.hh>
#if HAVE_BATCH
# include <click/packetbatch.hh>
#endif
#ifdef MIMI_RUNTIME
# include <click/router.hh>
#endif
#include <new>
CLICK_DECLS

using mimi::Direction;
using mimi::FlowBinding;
using mimi::FlowState;
using mimi::PacketKind;
using mimi::PacketView;
typedef mimi::BindingTable::Record Record;

namespace {

Direction direction_of(int port)
{
    return port == 0 ? Direction::forward : Direction::reverse;
}

// The key to look for. An ICMP error travels against the packet it is about.
inline mimi::FlowKey key_of(const PacketView &view)
{
    if (view.kind == PacketKind::icmp_error)
        return mimi::FlowKey{view.key.tuple.reversed(), view.key.proto};
    return view.key;
}

bool begins_flow(const PacketView &view)
{
    return view.key.proto == mimi::proto_udp || mimi::begins_tcp_flow(view.tcp_flags);
}

// A beginning, on a port that an ended flow has used: a flow of its own.
bool restarts(const Record &r, const PacketView &view)
{
    return mimi::is_ending(r.state()) && view.key.proto == mimi::proto_tcp && begins_flow(view);
}

mimi::TcpShift shift_of(const Record &r, Direction d)
{
    const uint64_t both = r.deltas.load(std::memory_order_relaxed);
    return mimi::tcp_shift(int32_t(uint32_t(both)), int32_t(uint32_t(both >> 32)), d);
}

}  // namespace

MinionLB::MinionLB() : _growing(false), _timer(this) {}

MinionLB::~MinionLB() {}

uint32_t MinionLB::lifetime(uint8_t proto, FlowState state) const
{
    if (proto == mimi::proto_udp)
        return _udp_s;
    return state == FlowState::established || state == FlowState::unknown ? _tcp_established_s : _tcp_transitory_s;
}

int MinionLB::drop(const Group &g, Item &item, Count reason)
{
    g.count(reason);
    item.p->kill();
    return gone;
}

int MinionLB::pass(const Group &g, Item &item)
{
    if (noutputs() < 3)
        return drop(g, item, drop_unrouted);
    g.count(passed);
    return 2;
}

int MinionLB::rewrite(const Group &g, Item &item, Record *r)
{
    const Direction d = direction_of(g.port);
    WritablePacket *q = item.p->uniqueify();
    if (!q) {
        g.count(drop_refused);
        return gone;
    }
    item.p = q;
    const uint32_t lifetime_s = lifetime(r->proto, mimi::track(*r, d, item.view.tcp_flags));
    if (g.locked)
        _table->refresh_locked(r, lifetime_s, g.now);
    else
        _table->refresh(r, lifetime_s, g.now);
    const mimi::FlowTuple to = r->outgoing(d);
    mimi::rewrite_flow(q, item.view, to, shift_of(*r, d));
    q->set_dst_ip_anno(IPAddress(to.daddr));
    g.count(d == Direction::forward ? forward : reverse);
    const uint16_t backend = r->tag.load(std::memory_order_relaxed);
    if (backend != mimi::BackendPool::none)
        g.count(n_counts + 2 * backend + int(d));
    return g.port;
}

int MinionLB::handle_mid_flow(const Group &g, Item &item)
{
    if (_unknown == unknown_drop || (item.view.tcp_flags & mimi::flag_rst))
        return drop(g, item, drop_unknown);
    if (_unknown == unknown_pick)
        return begins;
    WritablePacket *answer = mimi::make_reset(item.p, item.view);
    item.p->kill();
    item.p = answer;
    g.count(answer ? resets : drop_refused);
    return answer ? 1 : int(gone);
}

int MinionLB::handle_flow(const Group &g, Item &item, Record *r)
{
    const PacketView &view = item.view;
    const mimi::FlowTuple &t = view.key.tuple;
    if (r && (g.port == 1 || !restarts(*r, view)))
        return rewrite(g, item, r);
    if (g.port == 1)
        return _pool.is_backend_service(view.key.proto, t.saddr, t.sport) ? drop(g, item, drop_backend_unknown) : pass(g, item);
    item.vip = _pool.vip_of(view.key.proto, t.daddr, t.dport);
    if (item.vip == mimi::BackendPool::none)
        return pass(g, item);
    return begins_flow(view) ? int(begins) : handle_mid_flow(g, item);
}

int MinionLB::handle_icmp_error(const Group &g, Item &item, const Record *r)
{
    const mimi::FlowTuple &quoted = item.view.key.tuple;
    if (!r) {
        const bool ours = g.port == 0
            ? _pool.vip_of(item.view.key.proto, quoted.saddr, quoted.sport) != mimi::BackendPool::none
            : _pool.is_backend_service(item.view.key.proto, quoted.daddr, quoted.dport);
        return ours ? drop(g, item, drop_icmp) : pass(g, item);
    }
    const Direction d = direction_of(g.port);
    WritablePacket *q = item.p->uniqueify();
    if (!q) {
        g.count(drop_refused);
        return gone;
    }
    item.p = q;
    if (!mimi::rewrite_icmp_error(q, item.view, r->binding(), d))
        return drop(g, item, drop_malformed);
    q->set_dst_ip_anno(IPAddress(r->outgoing(d).daddr));
    g.count(icmp_errors);
    return g.port;
}

inline int MinionLB::handle(const Group &g, Item &item)
{
    switch (item.view.kind) {
    case PacketKind::flow:
        return handle_flow(g, item, find(g, item));
    case PacketKind::icmp_error:
        return handle_icmp_error(g, item, find(g, item));
    case PacketKind::fragment:
        if (g.port == 0 ? _pool.is_vip_address(item.view.daddr) : _pool.is_backend_address(item.view.saddr))
            return drop(g, item, drop_fragment);
        return pass(g, item);
    case PacketKind::other:
        return pass(g, item);
    case PacketKind::malformed:
        break;
    }
    return drop(g, item, drop_malformed);
}

inline void MinionLB::look(int port, Item &item) const
{
    new (&item.view) PacketView(mimi::view_packet(item.p));  // made in place: a copy would wait for the stores
    item.probe = _table->probe(key_of(item.view), direction_of(port));
}

inline Record *MinionLB::find(const Group &g, const Item &item) const
{
    return _table->find(item.probe, key_of(item.view), direction_of(g.port), g.now);
}

// The binding of a flow that begins with this packet, newer than the one before it.
FlowBinding MinionLB::new_binding(const Item &item, uint64_t clock, const Record *before, uint16_t &backend)
{
    backend = _pool.choose(item.vip);
    const mimi::FlowKey &key = item.view.key;
    FlowBinding b = FlowBinding();
    b.seq = next_seq(clock, before ? before->seq.load(std::memory_order_relaxed) : 0);
    b.proto = key.proto;
    b.orig = b.xlat = key.tuple;
    b.xlat.daddr = _pool.backend(backend).addr;
    b.xlat.dport = _pool.backend(backend).port;
    if (b.proto == mimi::proto_tcp)
        b.state = begins_flow(item.view) ? FlowState::fresh : FlowState::established;
    b.lifetime_s = lifetime(b.proto, b.state);
    return b;
}

// Flows that begin: everything that the table will touch is asked for before the first one is put into it.
void MinionLB::begin_flows(Group &g, Item *items, unsigned n)
{
    struct Beginning {
        FlowBinding binding;
        mimi::BindingTable::Prepared hashes;
        Item *item;
        uint16_t backend;
    };
    Beginning beginnings[group_size];
    unsigned count = 0;
    std::lock_guard<mimi::TableLock> guard(_table->lock());
    g.locked = true;
    const Timestamp wall = Timestamp::now();
    const uint64_t clock = uint64_t(wall.sec()) * 1000000 + uint64_t(wall.usec());
    // Another packet of the flow, here or on another thread, may have been first.
    auto decide = [&](Item &item, Beginning &b) {
        item.probe.ref = 0;
        Record *r = find(g, item);
        if (r && !restarts(*r, item.view)) {
            item.to = rewrite(g, item, r);
            return false;
        }
        b.binding = new_binding(item, clock, r, b.backend);
        b.hashes = _table->prepare(b.binding);
        b.item = &item;
        return true;
    };
    auto put = [&](const Beginning &b) {
        const mimi::BindingTable::Put done = _table->put(b.binding, b.hashes, b.backend, g.now);
        if (!done.record) {
            b.item->to = drop(g, *b.item, drop_refused);
            return;
        }
        g.count(b.binding.state == FlowState::established ? picked : new_flows);
        b.item->to = rewrite(g, *b.item, done.record);
    };
    auto is_twin = [&](const Item &item) {
        for (unsigned i = 0; i != count; ++i)
            if (beginnings[i].hashes.forward == item.probe.hash)
                return true;
        return false;
    };
    for (unsigned i = 0; i != n; ++i)
        if (items[i].to == begins && !is_twin(items[i]))
            count += decide(items[i], beginnings[count]);
    for (unsigned i = 0; i != count; ++i)
        put(beginnings[i]);
    for (unsigned i = 0; i != n; ++i)
        if (items[i].to == begins && decide(items[i], beginnings[0]))
            put(beginnings[0]);
}

// The table's next chunk of records takes long to make: where there is a thread for that, packets do not wait for it.
void MinionLB::grow_beside()
{
#ifdef MIMI_RUNTIME
    if (!_growing.exchange(true, std::memory_order_relaxed))
        router()->run_beside([this] {
            _table->add_chunk();
            _growing.store(false, std::memory_order_relaxed);
        });
#endif
}

// A group: look at every packet and ask for its index line, ask for every record, then work on what has arrived.
void MinionLB::work(int port, Item *items, unsigned n)
{
    Group g = {port, now_s(), _counts.row(click_current_cpu_id()), false};
    for (unsigned i = 0; i != n; ++i)
        look(port, items[i]);
    if (n > 1)
        for (unsigned i = 0; i != n; ++i)
            _table->peek(items[i].probe);
    bool any = false;
    for (unsigned i = 0; i != n; ++i) {
        items[i].to = handle(g, items[i]);
        any |= items[i].to == begins;
    }
    if (any) {
        begin_flows(g, items, n);
        if (_table->wants_chunk())
            grow_beside();
    }
}

void MinionLB::push(int port, Packet *p)
{
    Item item;
    item.p = p;
    work(port, &item, 1);
    if (item.to >= 0)
        output(item.to).push(item.p);
}

#if HAVE_BATCH
void MinionLB::push_batch(int port, PacketBatch *batch)
{
    Item items[group_size];
    PacketBatch *out[3] = {nullptr, nullptr, nullptr};
    Packet *next = batch->first();
    while (next) {
        unsigned n = 0;
        for (; next && n != group_size; ++n) {
            items[n].p = next;
            next = next->next();
        }
        work(port, items, n);
        for (unsigned i = 0; i != n; ++i) {
            const int to = items[i].to;
            if (to < 0)
                continue;
            items[i].p->set_next(nullptr);
            if (out[to])
                out[to]->append_packet(items[i].p);
            else
                out[to] = PacketBatch::make_from_packet(items[i].p);
        }
    }
    for (int i = 0; i != 3; ++i)
        if (out[i])
            output(i).push_batch(out[i]);
}
#endif

CLICK_ENDDECLS
EXPORT_ELEMENT(MinionLB)
ELEMENT_REQUIRES(BackendPool BindingTable FlowBinding MinionLBHandlers MinionLBSetup PacketRewrite)
