// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FLOWLIMITS_HH
#define MIMI_FLOWLIMITS_HH
#include <arpa/inet.h>
#include <string>
#include <unordered_map>
#include <vector>
#include "firewallrecord.hh"

namespace mimi {

// How many flows one source may have, and how many may be half-open at once. Told of all flows that come and go, under the
// table's lock; what packets do is to end a flow's being half-open. A source is an IPv4 address, or an IPv6 network of 64 bits: a host
// has as many addresses of its network as it likes.
//
// A flood of SYNs from forged sources fills whatever it may fill. So when there are as many half-open flows as may be, the oldest
// of them makes way for the next: a client's SYN has until `half_open` more have come to be answered and confirmed. Refusing the
// newest instead would shut out everybody as long as the flood lasts.
template <class A> class FlowLimitsOf : public FlowWatchOf<A> {
  public:
    typedef FirewallRecordOf<A> Record;

    FlowLimitsOf() : _half_open(0) {}

    // 0: no limit.
    void set(uint32_t per_source, uint32_t half_open)
    {
        _per_source = per_source;
        _half_open_most = half_open;
    }
    bool any() const { return _per_source != 0 || _half_open_most != 0; }

    bool source_may(const A &saddr) const
    {
        if (_per_source == 0)
            return true;
        const std::unordered_map<uint64_t, uint32_t>::const_iterator it = _sources.find(source_of(saddr));
        return it == _sources.end() || it->second < _per_source;
    }
    bool is_full() const { return _half_open_most != 0 && half_open() >= _half_open_most; }
    // While it is full: the flow that must make way before another becomes half-open, or null.
    Record *in_the_way();

    void flow_entered(BindingRecordOf<A> &record);
    void flow_left(const BindingRecordOf<A> &record);
    // A flow begins anew in the record of its predecessor.
    void begun(Record &r)
    {
        if (_half_open_most != 0 && r.proto == proto_tcp)
            open(r);
    }
    // Without the lock: the flow is no longer half-open.
    void settled(Record &r)
    {
        if (r.half_open.load(std::memory_order_relaxed))
            close(r);
    }

    uint32_t half_open() const { return _half_open.load(std::memory_order_relaxed); }
    // `ADDRESS FLOWS` lines, of IPv6 `NETWORK/64 FLOWS`, those with the most first.
    std::string sources_text() const;

  private:
    struct Place {
        Record *record;
        uint64_t seq;  // of the flow that was half-open when it was put here
    };
    uint32_t _per_source = 0;
    uint32_t _half_open_most = 0;
    std::atomic<uint32_t> _half_open;
    std::unordered_map<uint64_t, uint32_t> _sources;  // flows by source, in host order
    std::vector<Place> _places;  // those that were half-open, oldest first, from _first on; many no longer are
    size_t _first = 0;

    static uint64_t source_of(uint32_t addr) { return ntohl(addr); }
    static uint64_t source_of(const Address6 &addr) { return (uint64_t(ntohl(addr.word[0])) << 32) | ntohl(addr.word[1]); }
    static std::string source_text(uint64_t source);
    static bool is_waiting(const Place &p)
    {
        const Record &r = *p.record;
        return r.half_open.load(std::memory_order_relaxed) && r.seq.load(std::memory_order_relaxed) == p.seq;
    }
    void open(Record &r);
    void close(Record &r)
    {
        if (r.half_open.exchange(false, std::memory_order_relaxed))
            _half_open.fetch_sub(1, std::memory_order_relaxed);
    }
    void tidy();
};
typedef FlowLimitsOf<uint32_t> FlowLimits;
typedef FlowLimitsOf<Address6> FlowLimits6;

}  // namespace mimi
#endif
