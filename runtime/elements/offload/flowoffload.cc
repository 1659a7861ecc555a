// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "flowoffload.hh"
#include "../ethernet/arptable.hh"
#include "../io/fromdevice.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/router.hh>
#include <click/timestamp.hh>
#include <clicknet/ip.h>
#include <mimi/checksumdelta.hh>
#include <algorithm>
#include <cstring>

using mimi::WireAction;
using mimi::WireCount;
using mimi::WireFlow;
using mimi::WireKey;

namespace {

constexpr unsigned ethernet_bytes = 14, ip_bytes = 20, link_frame_bytes = 1518;
constexpr uint32_t step = 512;  // slots looked at before packets have their turn at the thread: some 100 microseconds
constexpr uint32_t under_way_s = 2;  // a frame that was made before is not sampled later
constexpr size_t left_most = 64;
constexpr int review_ms = 250, rest_ms = 1000;

uint32_t now_s()
{
    return uint32_t(Timestamp::now_steady().sec());
}

WireKey key_of(const WireFlow &f)
{
    return WireKey{f.saddr, f.daddr, f.sport, f.dport, f.proto, f.side, 0};
}

WireFlow flow_of(const WireKey &k)
{
    return WireFlow{k.saddr, k.daddr, k.sport, k.dport, k.proto, k.side};
}

// The flow of an Ethernet frame that is plain enough for the kernel's program.
bool read_flow(const Packet *p, WireFlow &flow)
{
    const unsigned char *ip = p->data() + ethernet_bytes, *transport = ip + ip_bytes;
    if (p->length() < ethernet_bytes + ip_bytes + 8 || mimi::load16(p->data() + 12) != htons(0x0800) || ip[0] != 0x45
        || (mimi::load16(ip + 6) & htons(0xbfff)))
        return false;
    flow.proto = ip[9];
    if (flow.proto == IP_PROTO_TCP ? p->length() < ethernet_bytes + 40 || (transport[13] & 7) : flow.proto != IP_PROTO_UDP)
        return false;
    flow.saddr = mimi::load32(ip + 12);
    flow.daddr = mimi::load32(ip + 16);
    flow.sport = mimi::load16(transport);
    flow.dport = mimi::load16(transport + 2);
    return true;
}

WireAction make_action(const WireFlow &from, const WireFlow &to, const unsigned char *ethernet)
{
    WireAction a{};
    memcpy(a.mac_to, ethernet, 6);
    memcpy(a.mac_from, ethernet + 6, 6);
    a.saddr = to.saddr;
    a.daddr = to.daddr;
    a.sport = to.sport;
    a.dport = to.dport;
    const uint32_t addresses = mimi::change32(from.saddr, to.saddr) + mimi::change32(from.daddr, to.daddr);
    a.address_change = mimi::fold(addresses);
    a.port_change = mimi::fold(mimi::change16(from.sport, to.sport) + mimi::change16(from.dport, to.dport));
    a.header_change = mimi::fold(addresses + mimi::change16(htons(0x0100), 0));  // the TTL less one
    return a;
}

}  // namespace

FlowOffload::FlowOffload() : _timer(this) {}

FlowOffload::~FlowOffload() = default;

size_t FlowOffload::HashKey::operator()(const WireKey &key) const
{
    uint64_t words[2];
    memcpy(words, &key, sizeof(words));
    uint64_t h = (words[0] ^ (words[1] << 21 | words[1] >> 43)) * 0x9e3779b97f4a7c15u;
    h ^= (h >> 32) + words[1];
    return size_t((h * 0xff51afd7ed558ccdu) >> 8);
}

int FlowOffload::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Element *owner = nullptr;
    String entrance = "ANY";
    bool active = true;
    if (Args(conf, this, errh)
            .read_mp("OWNER", owner)
            .read_mp("DEVICE0", _device[0])
            .read_mp("DEVICE1", _device[1])
            .read_mp("ETHER0", _station[0])
            .read_mp("ETHER1", _station[1])
            .read("MTU0", _mtu[0])
            .read("MTU1", _mtu[1])
            .read("FLOWS", _capacity)
            .read("EVERY", _every)
            .read("IDLE", SecondsArg(), _idle_s)
            .read("RENEW", SecondsArg(), _renew_s)
            .read("ENTRANCE", WordArg(), entrance)
            .read("ACTIVE", active)
            .read("OTHERS", _others)
            .complete() < 0)
        return -1;
    _owner = static_cast<mimi::FlowOwner *>(owner->cast("FlowOwner"));
    if (!_owner)
        return errh->error("OWNER: expected an element that keeps flows, such as MinionLB, found %s", owner->declaration().c_str());
    if (_capacity < 2 || _capacity > 1u << 20)
        return errh->error("FLOWS: expected 2 to %u, found %u", 1u << 20, _capacity);
    if (_every < 1)
        return errh->error("EVERY: expected 1 or more, found %u", _every);
    entrance = entrance.upper();
    if (entrance != "ANY" && entrance != "TCX" && entrance != "CLSACT")
        return errh->error("ENTRANCE: expected TCX or CLSACT, found %s", entrance.c_str());
    _entrance = entrance == "TCX" ? mimi::TcEntrance::tcx : entrance == "CLSACT" ? mimi::TcEntrance::clsact : mimi::TcEntrance::any;
    _active = active;
    return 0;
}

// Without the kernel's help the graph forwards everything: that is worth a word, but no failure.
int FlowOffload::initialize(ErrorHandler *errh)
{
    _timer.initialize(this);
    _idle_s = std::min(_idle_s, _owner->shortest_lifetime_s());
    if (!(_reason = open())) {
        _owner->set_carrier(this);
        watch_next_hops();
        _timer.schedule_after_msec(rest_ms);
        return 0;
    }
    close();
    errh->warning("the kernel carries no flows, all packets go through the graph: %s", _reason.c_str());
    return 0;
}

void FlowOffload::cleanup(CleanupStage stage)
{
    if (stage < CLEANUP_INITIALIZED || !_kernel)
        return;
    _owner->set_carrier(nullptr);
    close();
}

// One judge for each device: a second would count every frame again.
String FlowOffload::find_devices()
{
    for (Element *element : router()->elements()) {
        auto *from = static_cast<FromDevice *>(element->cast("FromDevice"));
        for (int side = 0; from && side < 2; ++side) {
            if (from->device() != _device[side])
                continue;
            if (_from[side])
                return "more than one FromDevice(" + _device[side] + ")";
            _from[side] = from;
        }
    }
    for (int side = 0; side < 2; ++side)
        if (!_from[side])
            return "there is no FromDevice(" + _device[side] + ")";
    return String();
}

void FlowOffload::watch_next_hops()
{
    for (Element *element : router()->elements())
        if (auto *table = static_cast<ARPTable *>(element->cast("ARPTable"))) {
            std::lock_guard<std::recursive_mutex> guard(table->lock);
            table->cache.add_watch(this);
        }
}

// The judges come before the mover and leave before it: a judge without a mover would lose packets.
String FlowOffload::open()
{
    if (String problem = find_devices())
        return problem;
    mimi::KernelFlows::Side sides[2];
    for (int side = 0; side < 2; ++side) {
        sides[side].ifindex = _from[side]->ifindex();
        memcpy(sides[side].station, _station[side].data(), 6);
        sides[side].others = _others;
    }
    _kernel = std::make_unique<mimi::KernelFlows>();
    if (String problem = _kernel->open(sides, _capacity))
        return problem;
    if (String problem = _kernel->open_entrances(_entrance))
        return problem;
    for (int side = 0; side < 2; ++side)
        if (String problem = _from[side]->set_filter(_kernel->judge(side)))
            return problem;
    return String();
}

void FlowOffload::close()
{
    for (FromDevice *from : _from)
        if (from)
            from->set_filter(-1);
    _kernel.reset();
}

bool FlowOffload::sampled(uint32_t length)
{
    if (length > link_frame_bytes)
        return true;
    Sampler &s = _samplers.get();
    if (s.until > 1) {
        --s.until;
        return false;
    }
    // Uneven steps, EVERY on average: even ones could keep step with the traffic, and always miss the same flows.
    s.random = s.random * 1664525 + 1013904223;
    s.until = 1 + (s.random >> 8) % (2 * _every - 1);
    return true;
}

void FlowOffload::push(int port, Packet *packet)
{
    if (_kernel && sampled(packet->length()))
        examine(port, packet);
    output(port).push(packet);
}

void FlowOffload::push_batch(int port, PacketBatch *batch)
{
    if (_kernel)
        FOR_EACH_PACKET(batch, packet)
            if (sampled(packet->length()))
                examine(port, packet);
    output_push_batch(port, batch);
}

// First without the lock, since most of what cannot be carried never will be.
void FlowOffload::examine(int port, const Packet *packet)
{
    WireFlow leaving, arriving;
    leaving.side = uint8_t(port);
    if (!_active.load(std::memory_order_relaxed) || !read_flow(packet, leaving) || !_owner->find_arriving(leaving, arriving))
        return;
    std::lock_guard<mimi::TableLock> guard(_owner->carried_lock());
    if (_active.load(std::memory_order_relaxed) && _owner->find_arriving(leaving, arriving))
        take_over(arriving, leaving, packet->data());
}

void FlowOffload::take_over(const WireFlow &arriving, const WireFlow &leaving, const unsigned char *ethernet)
{
    const WireKey key = key_of(arriving);
    const EtherAddress next_hop(ethernet);
    if (_index.count(key) || has_just_left(next_hop))
        return;
    const uint32_t number = _free.empty() ? uint32_t(_slots.size()) : _free.back();
    WireAction action = make_action(arriving, leaving, ethernet);
    action.device = uint32_t(_from[1 - arriving.side]->ifindex());
    action.mtu = _mtu[1 - arriving.side];
    action.number = number;
    if (number == _capacity || !_kernel->put(key, action)) {
        ++_counts[refused];
        return;
    }
    if (_free.empty())
        _slots.emplace_back();
    else
        _free.pop_back();
    const uint32_t now = now_s();
    _slots[number] = Slot{key, _kernel->count(number), now, now, next_hop, true};
    _index[key] = number;
    ++_counts[taken];
}

// The packets carried since the last time.
uint64_t FlowOffload::collect(uint32_t number)
{
    Slot &s = _slots[number];
    const WireCount now = _kernel->count(number), before = s.counted;
    s.counted = now;
    _carried.packets += now.packets - before.packets;
    _carried.bytes += now.bytes - before.bytes;
    return now.packets - before.packets;
}

void FlowOffload::give_back(uint32_t number, Count why)
{
    Slot &s = _slots[number];
    _index.erase(s.key);
    s.used = false;
    _free.push_back(number);
    ++_counts[why];
}

uint64_t FlowOffload::forget(const WireFlow &arriving)
{
    const auto found = _index.find(key_of(arriving));
    if (found == _index.end())
        return 0;
    const uint32_t number = found->second;
    _kernel->remove(found->first);
    const uint64_t packets = collect(number);
    give_back(number, ended);
    return packets;
}

// The lock is held.
void FlowOffload::forget_all()
{
    for (uint32_t number = 0; number < _slots.size(); ++number)
        if (_slots[number].used)
            give_back_carried(number, ended);
}

void FlowOffload::address_left(const EtherAddress &ether)
{
    if (!_kernel)
        return;
    {
        std::lock_guard<mimi::TableLock> guard(_owner->carried_lock());
        if (_left.size() == left_most)
            _left.erase(_left.begin());
        _left.push_back(Left{ether, now_s() + under_way_s});
    }
    visit_all_slots([&](uint32_t number) {
        if (_slots[number].next_hop == ether)
            give_back_carried(number, moved);
    });
}

// The lock is held.
bool FlowOffload::has_just_left(const EtherAddress &ether)
{
    if (_left.empty())
        return false;
    const uint32_t now = now_s();
    std::erase_if(_left, [now](const Left &left) { return left.until_s <= now; });
    return std::any_of(_left.begin(), _left.end(), [&](const Left &left) { return left.ether == ether; });
}

// Out of the kernel first, so that nothing is carried after the last count.
void FlowOffload::give_back_carried(uint32_t number, Count why)
{
    _kernel->remove(_slots[number].key);
    if (const uint64_t packets = collect(number))
        _owner->note_carried(flow_of(_slots[number].key), packets);
    give_back(number, why);
}

// A flow's regular check.
void FlowOffload::review(uint32_t number, uint32_t now)
{
    Slot &s = _slots[number];
    const uint64_t packets = collect(number);
    Count why = n_counts;
    if (packets) {
        s.last_s = now;
        if (!_owner->note_carried(flow_of(s.key), packets))
            why = unwanted;
    } else if (now - s.last_s >= _idle_s) {
        why = idle;
    }
    if (why == n_counts && now - s.since_s >= _renew_s)
        why = renewed;
    if (why != n_counts)
        give_back_carried(number, why);
}

// A round in small steps: packets wait for none of them long.
void FlowOffload::run_timer(Timer *)
{
    if (_reviewed == 0) {
        _round = Timestamp::now_steady();
        _busy = false;
    }
    const uint32_t now = now_s();
    if (visit_slots(_reviewed, step, [&](uint32_t number) {
            _busy = true;
            review(number, now);
        })) {
        _timer.schedule_after_msec(1);
        return;
    }
    const Timestamp::value_type took = (Timestamp::now_steady() - _round).msecval(), pause = _busy ? review_ms : rest_ms;
    _reviewed = 0;
    _timer.schedule_after_msec(uint32_t(std::max<Timestamp::value_type>(pause - took, 1)));
}

EXPORT_ELEMENT(FlowOffload)
ELEMENT_REQUIRES(userlevel)
