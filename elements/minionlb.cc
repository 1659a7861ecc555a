// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "minionlb.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <click/timestamp.hh>
#if HAVE_BATCH
# include <click/packetbatch.hh>
#endif
#include <new>
CLICK_DECLS

using mimi::Direction;
using mimi::FlowBinding;
using mimi::FlowState;
using mimi::PacketKind;
using mimi::PacketView;

namespace {

const uint8_t flag_fin = 0x01, flag_syn = 0x02, flag_rst = 0x04, flag_ack = 0x10;

// FlowBinding::flags of this element.
const uint16_t fin_forward = 1, fin_reverse = 2, answered = 4;

Direction direction_of(int port)
{
    return port == 0 ? Direction::forward : Direction::reverse;
}

bool begins_flow(const PacketView &view)
{
    return view.key.proto == mimi::proto_udp
        || (view.tcp_flags & (flag_syn | flag_ack | flag_rst | flag_fin)) == flag_syn;
}

}  // namespace

MinionLB::MinionLB() : _timer(this)
{
    for (uint64_t &count : _counts)
        count = 0;
}

MinionLB::~MinionLB() {}

void *MinionLB::cast(const char *name)
{
    return strcmp(name, "MinionLB") == 0 ? static_cast<void *>(this) : Element::cast(name);
}

int MinionLB::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Vector<String> vips;
    String unknown = "drop";
    uint32_t capacity = 1000000;
    if (Args(conf, this, errh)
            .read_all("VIP", AnyArg(), vips)
            .read("UNKNOWN", WordArg(), unknown)
            .read("CAPACITY", capacity)
            .read("TCP_ESTABLISHED", SecondsArg(), _tcp_established_s)
            .read("TCP_TRANSITORY", SecondsArg(), _tcp_transitory_s)
            .read("UDP", SecondsArg(), _udp_s)
            .complete() < 0)
        return -1;
    if (unknown == "drop")
        _unknown = unknown_drop;
    else if (unknown == "reset")
        _unknown = unknown_reset;
    else if (unknown == "pick")
        _unknown = unknown_pick;
    else
        return errh->error("UNKNOWN: expected drop, reset or pick, found '%s'", unknown.c_str());
    if (vips.empty())
        return errh->error("VIP: required argument missing");
    for (int i = 0; i < vips.size(); ++i) {
        Vector<String> split;
        cp_spacevec(vips[i], split);
        std::vector<std::string> words;
        for (int j = 0; j < split.size(); ++j)
            words.push_back(std::string(split[j].data(), size_t(split[j].length())));
        const std::string wrong = _pool.add_vip(words);
        if (!wrong.empty())
            return errh->error("VIP: %s", wrong.c_str());
    }
    const uint32_t most = uint32_t(1) << 30;  // records have 31-bit numbers
    if (capacity < 1 || capacity > most)
        return errh->error("CAPACITY: expected a number from 1 to %u, found %u", most, capacity);
    _table.reset(new mimi::BindingTable(capacity));
    return 0;
}

int MinionLB::initialize(ErrorHandler *)
{
    _timer.initialize(this);
    _timer.schedule_after_msec(1000);
    return 0;
}

// A steady clock, so that setting the time of day does not expire every flow.
uint32_t MinionLB::now_s()
{
    return uint32_t(Timestamp::now_steady().sec());
}

// The clock that drivers stamp records with, made strictly increasing.
uint64_t MinionLB::next_seq(uint64_t after)
{
    const Timestamp now = Timestamp::now();
    uint64_t seq = uint64_t(now.sec()) * 1000000 + uint64_t(now.usec());
    if (seq <= _last_seq)
        seq = _last_seq + 1;
    if (seq <= after)
        seq = after + 1;
    return _last_seq = seq;
}

void MinionLB::take_state(Element *old_element, ErrorHandler *)
{
    MinionLB *old = static_cast<MinionLB *>(old_element->cast("MinionLB"));
    if (!old || !old->_table)
        return;
    const uint32_t capacity = _table->capacity();
    _table = std::move(old->_table);
    _table->set_capacity(capacity);
    old->_table.reset(new mimi::BindingTable(1));
    _last_seq = old->_last_seq;
    for (int i = 0; i < n_counts; ++i)
        _counts[i] += old->_counts[i];
    // Flows to a backend that left the configuration go on to it; flows of a VIP that left are over.
    _table->for_each(now_s(), [this](Record &r) {
        r.tag = owner_of(r.binding);
        if (_pool.vip_of(r.binding.proto, r.binding.orig.daddr, r.binding.orig.dport) == mimi::BackendPool::none)
            _table->erase(&r);
    });
}

void MinionLB::run_timer(Timer *)
{
    const size_t budget = 4096;  // some 2 ms, at worst
    const bool done = _table->expire(now_s(), budget);
    _timer.schedule_after_msec(done ? 1000 : 10);
}

uint32_t MinionLB::lifetime(const FlowBinding &b) const
{
    if (b.proto == mimi::proto_udp)
        return _udp_s;
    return b.state == FlowState::established || b.state == FlowState::unknown ? _tcp_established_s : _tcp_transitory_s;
}

// As much of TCP as lifetimes need. A client alone cannot make a flow established: the backend must have answered.
void MinionLB::track(Record &r, Direction d, uint8_t tcp_flags) const
{
    FlowBinding &b = r.binding;
    if (b.proto != mimi::proto_tcp)
        return;
    if (tcp_flags & flag_rst) {
        b.state = FlowState::closed;
    } else if (tcp_flags & flag_fin) {
        b.flags |= d == Direction::forward ? fin_forward : fin_reverse;
        const bool both = (b.flags & (fin_forward | fin_reverse)) == (fin_forward | fin_reverse);
        if (b.state != FlowState::closed)
            b.state = both ? FlowState::closed : FlowState::closing;
    } else if (b.state == FlowState::unknown) {
        b.state = tcp_flags & flag_syn ? FlowState::fresh : FlowState::established;
        b.flags |= d == Direction::reverse ? answered : 0;
    } else if (b.state == FlowState::fresh) {
        if (d == Direction::reverse)
            b.flags |= answered;
        else if ((tcp_flags & (flag_syn | flag_ack)) == flag_ack && (b.flags & answered))
            b.state = FlowState::established;
    }
}

uint16_t MinionLB::owner_of(const FlowBinding &b) const
{
    const uint16_t vip = _pool.vip_of(b.proto, b.orig.daddr, b.orig.dport);
    return vip == mimi::BackendPool::none ? vip : _pool.backend_of(vip, b.xlat.daddr, b.xlat.dport);
}

int MinionLB::drop(Packet *&p, Count reason)
{
    ++_counts[reason];
    p->kill();
    p = nullptr;
    return -1;
}

int MinionLB::pass(Packet *&p)
{
    if (noutputs() < 3)
        return drop(p, drop_unrouted);
    ++_counts[passed];
    return 2;
}

int MinionLB::rewrite(int port, Packet *&p, const PacketView &view, Record *r, uint32_t now)
{
    const Direction d = direction_of(port);
    WritablePacket *q = p->uniqueify();
    p = q;
    if (!q) {
        ++_counts[drop_refused];
        return -1;
    }
    track(*r, d, view.tcp_flags);
    _table->refresh(r, lifetime(r->binding), now);
    const mimi::FlowTuple to = r->binding.outgoing(d);
    mimi::rewrite_flow(q, view, to, mimi::tcp_shift(r->binding, d));
    q->set_dst_ip_anno(IPAddress(to.daddr));
    ++_counts[d == Direction::forward ? forward : reverse];
    if (r->tag != mimi::BackendPool::none) {
        mimi::Backend &backend = _pool.backend(r->tag);
        ++(d == Direction::forward ? backend.forward : backend.reverse);
    }
    return port;
}

// Makes a binding for the client packet p, newer than `after`, and sends p along.
int MinionLB::begin(Packet *&p, const PacketView &view, uint16_t vip, FlowState state, uint64_t after, uint32_t now)
{
    const uint16_t chosen = _pool.choose(vip);
    const mimi::Backend &backend = _pool.backend(chosen);
    FlowBinding b = FlowBinding();
    b.seq = next_seq(after);
    b.proto = view.key.proto;
    b.orig = b.xlat = view.key.tuple;
    b.xlat.daddr = backend.addr;
    b.xlat.dport = backend.port;
    b.state = b.proto == mimi::proto_tcp ? state : FlowState::unknown;
    b.lifetime_s = lifetime(b);
    const mimi::BindingTable::Put put = _table->put(b, chosen, now);
    if (!put.record)
        return drop(p, drop_refused);
    ++_counts[state == FlowState::fresh ? new_flows : picked];
    return rewrite(0, p, view, put.record, now);
}

int MinionLB::handle_mid_flow(Packet *&p, const PacketView &view, uint16_t vip, uint32_t now)
{
    if (_unknown == unknown_drop || (view.tcp_flags & flag_rst))
        return drop(p, drop_unknown);
    if (_unknown == unknown_pick)
        return begin(p, view, vip, FlowState::established, 0, now);
    WritablePacket *answer = mimi::make_reset(p, view);
    p->kill();
    p = answer;
    ++_counts[answer ? resets : drop_refused];
    return answer ? 1 : -1;
}

int MinionLB::handle_flow(int port, Packet *&p, const PacketView &view, Record *r, uint32_t now)
{
    const mimi::FlowTuple &t = view.key.tuple;
    if (port == 1) {
        if (r)
            return rewrite(port, p, view, r, now);
        return _pool.is_backend_service(view.key.proto, t.saddr, t.sport) ? drop(p, drop_backend_unknown) : pass(p);
    }
    const bool over = r && (r->binding.state == FlowState::closing || r->binding.state == FlowState::closed);
    const bool again = over && view.key.proto == mimi::proto_tcp && begins_flow(view);
    if (r && !again)
        return rewrite(port, p, view, r, now);
    const uint16_t vip = _pool.vip_of(view.key.proto, t.daddr, t.dport);
    if (vip == mimi::BackendPool::none)
        return pass(p);
    if (begins_flow(view))
        return begin(p, view, vip, FlowState::fresh, again ? r->binding.seq : 0, now);
    return handle_mid_flow(p, view, vip, now);
}

int MinionLB::handle_icmp_error(int port, Packet *&p, const PacketView &view, Record *r)
{
    const mimi::FlowTuple &quoted = view.key.tuple;
    if (!r) {
        const bool ours = port == 0
            ? _pool.vip_of(view.key.proto, quoted.saddr, quoted.sport) != mimi::BackendPool::none
            : _pool.is_backend_service(view.key.proto, quoted.daddr, quoted.dport);
        return ours ? drop(p, drop_icmp) : pass(p);
    }
    const Direction d = direction_of(port);
    WritablePacket *q = p->uniqueify();
    p = q;
    if (!q) {
        ++_counts[drop_refused];
        return -1;
    }
    if (!mimi::rewrite_icmp_error(q, view, r->binding, d))
        return drop(p, drop_malformed);
    q->set_dst_ip_anno(IPAddress(r->binding.outgoing(d).daddr));
    ++_counts[icmp_errors];
    return port;
}

MinionLB::Probe MinionLB::probe_for(const mimi::BindingTable &table, int port, const PacketView &view)
{
    // An ICMP error travels against the packet it is about.
    mimi::FlowKey key = view.key;
    if (view.kind == PacketKind::icmp_error)
        key.tuple = key.tuple.reversed();
    return table.probe(key, direction_of(port));
}

inline int MinionLB::handle(int port, Packet *&p, const PacketView &view, const Probe &probe, uint32_t now)
{
    switch (view.kind) {
    case PacketKind::flow:
        return handle_flow(port, p, view, _table->find(probe, now), now);
    case PacketKind::icmp_error:
        return handle_icmp_error(port, p, view, _table->find(probe, now));
    case PacketKind::fragment:
        if (port == 0 ? _pool.is_vip_address(view.daddr) : _pool.is_backend_address(view.saddr))
            return drop(p, drop_fragment);
        return pass(p);
    case PacketKind::other:
        return pass(p);
    case PacketKind::malformed:
        break;
    }
    return drop(p, drop_malformed);
}

void MinionLB::push(int port, Packet *p)
{
    const PacketView view = mimi::view_packet(p);
    const int out = handle(port, p, view, probe_for(*_table, port, view), now_s());
    if (out >= 0)
        output(out).push(p);
}

#if HAVE_BATCH
// In groups: look at every packet and ask for its index line, ask for every record, then work on what has arrived.
void MinionLB::push_batch(int port, PacketBatch *batch)
{
    const unsigned group = 32;
    Packet *packets[group];
    PacketView views[group];
    Probe probes[group];
    PacketBatch *out[3] = {nullptr, nullptr, nullptr};
    const uint32_t now = now_s();
    Packet *next = batch->first();
    while (next) {
        unsigned n = 0;
        for (; next && n != group; ++n) {
            packets[n] = next;
            next = next->next();
            views[n] = mimi::view_packet(packets[n]);
            probes[n] = probe_for(*_table, port, views[n]);
        }
        for (unsigned i = 0; i != n; ++i)
            _table->peek(probes[i]);
        for (unsigned i = 0; i != n; ++i) {
            Packet *p = packets[i];
            p->set_next(nullptr);
            const int to = handle(port, p, views[i], probes[i], now);
            if (to < 0)
                continue;
            if (out[to])
                out[to]->append_packet(p);
            else
                out[to] = PacketBatch::make_from_packet(p);
        }
    }
    for (int i = 0; i != 3; ++i)
        if (out[i])
            output(i).push_batch(out[i]);
}
#endif

CLICK_ENDDECLS
EXPORT_ELEMENT(MinionLB)
ELEMENT_REQUIRES(BackendPool BindingTable FlowBinding MinionLBHandlers PacketRewrite)
