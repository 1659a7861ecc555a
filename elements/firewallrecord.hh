// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FIREWALLRECORD_HH
#define MIMI_FIREWALLRECORD_HH
#include "bindingtable.hh"
#include "tcptrack.hh"

namespace mimi {

// A flow as a firewall keeps it: two cache lines, three for IPv6, fetched together.
template <class A> struct alignas(64) FirewallRecordOf : BindingRecordOf<A> {
    enum : uint8_t { echo_request = AddressFamily<A>::version == 4 ? 8 : 128 };

    TcpTrack tcp;
    std::atomic<uint32_t> era;        // in which the track was learned, as the owner counts them; 0: in none
    std::atomic<uint8_t> side;        // where its initiator is, as FirewallRule says it; 0: nobody has seen
    std::atomic<uint8_t> query_type;  // of an ICMP query. An imported one is an echo: nothing else is seen in the wild
    std::atomic<bool> half_open;      // counted as such

    void adopt(const FlowBindingOf<A> &)
    {
        tcp.reset();
        era.store(0, std::memory_order_relaxed);
        side.store(0, std::memory_order_relaxed);
        query_type.store(echo_request, std::memory_order_relaxed);
        half_open.store(false, std::memory_order_relaxed);
    }
};
typedef FirewallRecordOf<uint32_t> FirewallRecord;
typedef FirewallRecordOf<Address6> FirewallRecord6;
static_assert(sizeof(FirewallRecord) == 128 && sizeof(FirewallRecord6) == 192, "whole cache lines");

}  // namespace mimi
#endif
