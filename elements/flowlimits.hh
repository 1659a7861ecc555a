// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FLOWLIMITS_HH
#define MIMI_FLOWLIMITS_HH
#include <string>
#include <unordered_map>
#include <vector>
#include "firewallrecord.hh"

namespace mimi {

// How many flows one source may have, and how many may be half-open at once. Told of all flows that come and go, under the
// table's lock; what packets do is to end a flow's being half-open.
//
// A flood of SYNs from forged sources fills whatever it may fill. So when there are as many half-open flows as may be, the oldest
// of them makes way for the next: a client's SYN has until `half_open` more have come to be answered and confirmed. Refusing the
// newest instead would shut out everybody as long as the flood lasts.
class FlowLimits : public FlowWatch {
  public:
    FlowLimits() : _half_open(0) {}

    // 0: no limit.
    void set(uint32_t per_source, uint32_t half_open)
    {
        _per_source = per_source;
        _half_open_most = half_open;
    }
    bool any() const { return _per_source != 0 || _half_open_most != 0; }

    bool source_may(uint32_t saddr) const
    {
        if (_per_source == 0)
            return true;
        const std::unordered_map<uint32_t, uint32_t>::const_iterator it = _sources.find(saddr);
        return it == _sources.end() || it->second < _per_source;
    }
    bool is_full() const { return _half_open_most != 0 && half_open() >= _half_open_most; }
    // While it is full: the flow that must make way before another becomes half-open, or null.
    FirewallRecord *in_the_way();

    void flow_entered(BindingRecord &record);
    void flow_left(const BindingRecord &record);
    // A flow begins anew in the record of its predecessor.
    void begun(FirewallRecord &r)
    {
        if (_half_open_most != 0 && r.proto == proto_tcp)
            open(r);
    }
    // Without the lock: the flow is no longer half-open.
    void settled(FirewallRecord &r)
    {
        if (r.half_open.load(std::memory_order_relaxed))
            close(r);
    }

    uint32_t half_open() const { return _half_open.load(std::memory_order_relaxed); }
    // `ADDRESS FLOWS` lines, those with the most first.
    std::string sources_text() const;

  private:
    struct Place {
        FirewallRecord *record;
        uint64_t seq;  // of the flow that was half-open when it was put here
    };
    uint32_t _per_source = 0;
    uint32_t _half_open_most = 0;
    std::atomic<uint32_t> _half_open;
    std::unordered_map<uint32_t, uint32_t> _sources;
    std::vector<Place> _places;  // those that were half-open, oldest first, from _first on; many no longer are
    size_t _first = 0;

    static bool is_waiting(const Place &p)
    {
        const FirewallRecord &r = *p.record;
        return r.half_open.load(std::memory_order_relaxed) && r.seq.load(std::memory_order_relaxed) == p.seq;
    }
    void open(FirewallRecord &r);
    void close(FirewallRecord &r)
    {
        if (r.half_open.exchange(false, std::memory_order_relaxed))
            _half_open.fetch_sub(1, std::memory_order_relaxed);
    }
    void tidy();
};

}  // namespace mimi
#endif
