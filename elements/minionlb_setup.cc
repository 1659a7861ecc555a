// SPDX-License-Identifier: Apache-2.0
// The life of a balancer: its arguments, what it owns, its successor.
#include <click/config.h>
#include "minionlb.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <algorithm>
#include <random>
CLICK_DECLS

using mimi::BackendPool;
using mimi::Direction;
using mimi::FlowBinding;

void *MinionLB::cast(const char *name)
{
    return strcmp(name, "MinionLB") == 0 ? static_cast<void *>(this) : MinionBox::cast(name);
}

int MinionLB::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Vector<String> vips;
    String unknown = "drop";
    uint32_t backends = 0;
    Args args(conf, this, errh);
    if (read_arguments(args.read_all("VIP", AnyArg(), vips).read("BACKENDS", backends), unknown).complete() < 0)
        return -1;
    if (vips.empty())
        return errh->error("VIP: required argument missing");
    std::vector<std::string> words;
    for (int i = 0; i < vips.size(); ++i) {
        split_words(vips[i], words);
        const std::string wrong = _pool.add_vip(words);
        if (!wrong.empty())
            return errh->error("VIP: %s", wrong.c_str());
    }
    if (check_arguments(unknown, errh) < 0)
        return -1;
    const uint32_t configured = uint32_t(_pool.n_slots()), most = mimi::BackendPool::most_backends;
    if (backends != 0 && (backends < configured || backends > most))
        return errh->error("BACKENDS: expected a number from %u, as many as are configured, to %u, found %u", configured, most, backends);
    _pool.begin(backends ? backends : std::min(configured + 1024, most));
    std::random_device entropy;
    _source_secret = (uint64_t(entropy()) << 32) | entropy();
    _source_chance = (uint64_t(entropy()) << 32) | entropy();
    make_table(2 * _pool.n_slots());
    return 0;
}

std::vector<std::string> MinionLB::own_counts() const
{
    return {"drop_backend_unknown", "drop_no_backend"};
}

void MinionLB::take_state(Element *old_element, ErrorHandler *)
{
    MinionLB *old = take_table(old_element);
    if (old)
        take_backends(*old);
}

// Flows to a backend that left the configuration go on to it; flows of a VIP that left are over.
void MinionLB::take_backends(const MinionLB &old)
{
    std::vector<uint16_t> slot_now;
    _pool.succeed(old._pool, slot_now);
    for (uint16_t slot = 0; slot != slot_now.size(); ++slot)
        if (slot_now[slot] != BackendPool::none)
            for (Direction d : {Direction::forward, Direction::reverse})
                _counts.add_shared(count_of(slot_now[slot], d), old._counts.total(old.count_of(slot, d)) - old._pool.backend(slot).counted[int(d)]);
    _table->for_each(0, [&](Record &r) {
        const uint16_t vip = _pool.vip_of(r.proto, r.orig.daddr, r.orig.dport);
        if (vip == BackendPool::none) {
            _table->erase(&r);
            return;
        }
        const uint16_t before = r.tag.load(std::memory_order_relaxed);
        uint16_t slot = before < slot_now.size() ? slot_now[before] : BackendPool::none;
        if (slot == BackendPool::none)
            slot = owner_of(r.binding());
        r.tag.store(slot, std::memory_order_relaxed);
        _pool.flow_began(slot);
        const uint32_t life = r.life.load(std::memory_order_relaxed);
        const uint16_t flags = flags_for(vip, Record::flags_of(life));
        r.life.store(Record::make_life(Record::state_of(life), flags), std::memory_order_relaxed);
    });
    _table->set_watch(watch());
    _source_secret = old._source_secret;
}

uint16_t MinionLB::owner_of(const FlowBinding &b) const
{
    const uint16_t vip = _pool.vip_of(b.proto, b.orig.daddr, b.orig.dport);
    return vip == BackendPool::none ? vip : _pool.backend_of(vip, b.orig.dport, b.xlat.daddr, b.xlat.dport);
}

MinionLB::Outcome MinionLB::adopt(const FlowBinding &b, const mimi::BindingStore::Prepared &hashes, uint16_t owner, uint32_t now)
{
    FlowBinding ours = b;
    ours.flags = flags_for(_pool.backend(owner).vip, b.flags);
    return MinionBox::adopt(ours, hashes, owner, now);
}

CLICK_ENDDECLS
ELEMENT_PROVIDES(MinionLBSetup)
