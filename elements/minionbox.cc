// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "minionbox.hh"
#include "flowlife.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <click/timestamp.hh>
#ifdef MIMI_RUNTIME
# include <click/router.hh>
# include "carriedflows.hh"
#endif
CLICK_DECLS

MinionBox::MinionBox() : _growing(false), _timer(this)
{
#ifdef MIMI_RUNTIME
    _carried.reset(new CarriedFlows(*this));
#endif
}

MinionBox::~MinionBox() {}

void *MinionBox::cast(const char *name)
{
#ifdef MIMI_RUNTIME
    if (carries() && strcmp(name, "FlowOwner") == 0)
        return static_cast<mimi::FlowOwner *>(_carried.get());
#endif
    return strcmp(name, "MinionBox") == 0 ? static_cast<void *>(this) : Element::cast(name);
}

Args &MinionBox::read_arguments(Args &args, String &unknown)
{
    return args.read("UNKNOWN", WordArg(), unknown)
        .read("CAPACITY", _capacity)
        .read("TCP_ESTABLISHED", SecondsArg(), _tcp_established_s)
        .read("TCP_TRANSITORY", SecondsArg(), _tcp_transitory_s)
        .read("UDP", SecondsArg(), _udp_s);
}

int MinionBox::check_arguments(const String &unknown, ErrorHandler *errh)
{
    if (unknown == "drop")
        _unknown = unknown_drop;
    else if (unknown == "reset")
        _unknown = unknown_reset;
    else if (unknown == "pick")
        _unknown = unknown_pick;
    else
        return errh->error("UNKNOWN: expected drop, reset or pick, found '%s'", unknown.c_str());
    const uint32_t most = uint32_t(1) << 30;  // records have 31-bit numbers
    if (_capacity < 1 || _capacity > most)
        return errh->error("CAPACITY: expected a number from 1 to %u, found %u", most, _capacity);
    return 0;
}

void MinionBox::use_store(mimi::BindingStore *store, size_t more)
{
    _store = store;
    _store->set_watch(watch());
    _counts.reset(click_max_cpu_ids(), n_counts + own_counts().size() + more);
}

// False for no words at all.
bool MinionBox::split_words(const String &text, std::vector<std::string> &words)
{
    Vector<String> split;
    cp_spacevec(text, split);
    words.clear();
    for (int i = 0; i < split.size(); ++i)
        words.push_back(std::string(split[i].data(), size_t(split[i].length())));
    return !words.empty();
}

int MinionBox::initialize(ErrorHandler *)
{
    _timer.initialize(this);
    _timer.schedule_after_msec(1000);
    return 0;
}

// A steady clock, so that setting the time of day does not expire every flow.
uint32_t MinionBox::now_s()
{
    return uint32_t(Timestamp::now_steady().sec());
}

// The clock that drivers stamp records with.
uint64_t MinionBox::clock_us()
{
    const Timestamp wall = Timestamp::now();
    return uint64_t(wall.sec()) * 1000000 + uint64_t(wall.usec());
}

// Made strictly increasing.
uint64_t MinionBox::next_seq(uint64_t clock, uint64_t after)
{
    uint64_t seq = clock;
    if (seq <= _last_seq)
        seq = _last_seq + 1;
    if (seq <= after)
        seq = after + 1;
    return _last_seq = seq;
}

void MinionBox::run_timer(Timer *)
{
    const size_t budget = 512;  // some 200 microseconds, at worst
    bool done;
    {
        std::lock_guard<mimi::TableLock> guard(_store->lock());
        done = _store->expire(now_s(), budget);
    }
    if (const uint64_t lost = _fragments.expire(now_s()))
        _counts.add_shared(drop_fragment, lost);
    _timer.schedule_after_msec(done ? 1000 : 0);
}

void MinionBox::count_carried(const mimi::BindingRecord &, mimi::Direction d, uint64_t packets)
{
    _counts.add_shared(d == mimi::Direction::forward ? forward : reverse, packets);
}

void MinionBox::take_counts(const MinionBox &old)
{
    const size_t named = n_counts + own_counts().size();
    for (size_t i = 0; i != named; ++i)
        _counts.add_shared(i, old._counts.total(i));
    _last_seq = old._last_seq;
}

void MinionBox::make_way_for(const mimi::FlowBinding &b)
{
#ifdef MIMI_RUNTIME
    _carried->make_way_for(b);
#else
    (void) b;
#endif
}

MinionBox::Outcome MinionBox::adopt(const mimi::FlowBinding &b, const mimi::BindingStore::Prepared &hashes, uint16_t owner,
                                    uint32_t now)
{
    return _store->store(b, hashes, owner, now);
}

bool MinionBox::begins_flow(const mimi::PacketView &view)
{
    return view.key.proto != mimi::proto_tcp || mimi::begins_tcp_flow(view.tcp_flags);
}

int MinionBox::drop(const Group &g, Item &item, int reason) const
{
    g.count(reason);
    item.p->kill();
    return gone;
}

int MinionBox::pass(const Group &g, Item &item) const
{
    if (noutputs() < 3)
        return drop(g, item, drop_unrouted);
    g.count(passed);
    return 2;
}

int MinionBox::handle_mid_flow(const Group &g, Item &item) const
{
    if (_unknown == unknown_drop || (item.view.tcp_flags & mimi::flag_rst))
        return drop(g, item, drop_unknown);
    if (_unknown == unknown_pick)
        return begins;
    WritablePacket *answer = mimi::make_reset(item.p, item.view);
    item.p->kill();
    item.p = answer;
    g.count(answer ? resets : drop_refused);
    return answer ? 1 - g.port : int(gone);
}

int MinionBox::follow_first(const Group &g, Item &item)
{
    typedef mimi::FragmentRoutes<uint32_t> Table;
    Table::Route route;
    uint64_t lost = 0;
    const Table::Key key = Table::key_of(item.p, item.view.saddr, item.view.daddr, g.port);
    const Table::Answer answer = _fragments.find_or_hold(key, item.p, g.now, route, lost);
    if (lost)
        _counts.add_shared(drop_fragment, lost);
    if (answer == Table::held)
        return gone;
    if (answer == Table::full)
        return drop(g, item, drop_fragment);
    WritablePacket *q = item.p->uniqueify();
    if (!q) {
        g.count(drop_refused);
        return gone;
    }
    item.p = q;
    mimi::rewrite_fragment(q, route.saddr, route.daddr);
    q->set_dst_ip_anno(IPAddress(route.next_hop));
    g.count(followed);
    return route.to;
}

void MinionBox::lead_others(Group &g, const Item &item)
{
    typedef mimi::FragmentRoutes<uint32_t> Table;
    const unsigned char *ip = item.p->network_header();
    Table::Route route = {0, 0, item.p->dst_ip_anno().addr(), item.to};
    memcpy(&route.saddr, ip + 12, 4);
    memcpy(&route.daddr, ip + 16, 4);
    std::vector<Packet *> waiting;
    uint64_t lost = 0;
    _fragments.learn(Table::key_of(item.p, item.view.saddr, item.view.daddr, g.port), route, g.now, waiting, lost);
    if (lost)
        _counts.add_shared(drop_fragment, lost);
    for (Packet *p : waiting) {
        WritablePacket *q = p->uniqueify();
        if (!q) {
            g.count(drop_refused);
            continue;
        }
        mimi::rewrite_fragment(q, route.saddr, route.daddr);
        q->set_dst_ip_anno(IPAddress(route.next_hop));
        g.count(followed);
        g.more.push_back(std::make_pair(item.to, static_cast<Packet *>(q)));
    }
}

void MinionBox::grow_beside()
{
#ifdef MIMI_RUNTIME
    if (!_growing.exchange(true, std::memory_order_relaxed))
        router()->run_beside([this] {
            _store->add_chunk();
            _growing.store(false, std::memory_order_relaxed);
        });
#endif
}

CLICK_ENDDECLS
ELEMENT_PROVIDES(MinionBox)
ELEMENT_REQUIRES(BindingTable CarriedFlows FlowBinding FragmentRoutes MinionBoxHandlers PacketRewrite)
