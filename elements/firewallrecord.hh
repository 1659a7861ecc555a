// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FIREWALLRECORD_HH
#define MIMI_FIREWALLRECORD_HH
#include "bindingtable.hh"
#include "tcptrack.hh"

namespace mimi {

// A flow as a firewall keeps it: two cache lines, fetched together.
struct alignas(64) FirewallRecord : BindingRecord {
    enum : uint8_t { echo_request = 8 };

    TcpTrack tcp;
    std::atomic<uint32_t> era;        // in which the track was learned, as the owner counts them; 0: in none
    std::atomic<uint8_t> side;        // where its initiator is, as FirewallRule says it; 0: nobody has seen
    std::atomic<uint8_t> query_type;  // of an ICMP query. An imported one is an echo: nothing else is seen in the wild
    std::atomic<bool> half_open;      // counted as such
    char padding[8];

    void adopt(const FlowBinding &)
    {
        tcp.reset();
        era.store(0, std::memory_order_relaxed);
        side.store(0, std::memory_order_relaxed);
        query_type.store(echo_request, std::memory_order_relaxed);
        half_open.store(false, std::memory_order_relaxed);
    }
};
static_assert(sizeof(FirewallRecord) == 128, "two cache lines");

}  // namespace mimi
#endif
