// SPDX-License-Identifier: Apache-2.0
// The life of a balancer: its arguments, its clocks, its successor.
#include <click/config.h>
#include "minionlb.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <click/timestamp.hh>
CLICK_DECLS

using mimi::FlowBinding;

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
    _counts.reset(click_max_cpu_ids(), n_counts + 2 * _pool.backends().size());
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
uint64_t MinionLB::next_seq(uint64_t clock, uint64_t after)
{
    uint64_t seq = clock;
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
        _counts.add_shared(size_t(i), old->_counts.total(size_t(i)));
    // Flows to a backend that left the configuration go on to it; flows of a VIP that left are over.
    _table->for_each(now_s(), [this](Record &r) {
        r.tag.store(owner_of(r.binding()), std::memory_order_relaxed);
        if (_pool.vip_of(r.proto, r.orig.daddr, r.orig.dport) == mimi::BackendPool::none)
            _table->erase(&r);
    });
}

void MinionLB::run_timer(Timer *)
{
    const size_t budget = 512;  // some 200 microseconds, at worst
    bool done;
    {
        std::lock_guard<mimi::TableLock> guard(_table->lock());
        done = _table->expire(now_s(), budget);
    }
    _timer.schedule_after_msec(done ? 1000 : 0);
}

uint16_t MinionLB::owner_of(const FlowBinding &b) const
{
    const uint16_t vip = _pool.vip_of(b.proto, b.orig.daddr, b.orig.dport);
    return vip == mimi::BackendPool::none ? vip : _pool.backend_of(vip, b.xlat.daddr, b.xlat.dport);
}

CLICK_ENDDECLS
ELEMENT_PROVIDES(MinionLBSetup)
