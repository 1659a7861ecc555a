// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FLOWPROGRAMS_HH
#define MIMI_FLOWPROGRAMS_HH
#include <click/config.h>
#include <click/string.hh>
#include <cstdint>

// The two BPF programs by which the kernel forwards flows, and what they share with us.
//
// Theory of operation
//
// A frame that arrives at a device meets the packet sockets first, then the device's tc entrance. The *judge* is the filter of
// our packet sockets, the *mover* stands at the tc entrance, one of each for either device.
//
//   frame -> judge: a plain packet of a flow in the map?  no -> the socket takes it: user level, as ever
//                   yes -> counts it, writes the flow's *action* into this processor's *plan*, the socket leaves the frame
//         -> mover: a plan, and for this frame?           no -> on into the host's network code, as ever
//                   yes -> strikes it out, changes the frame as the action says, sends it to the other device
//
// There is one look into the map for each frame, and both programs run back to back on one processor: so a frame is either
// ours or theirs, never both and never neither, whenever an entry comes or goes. A mover alone does nothing: what the process
// left behind, if it is killed, is dead with its sockets.
//
// Plain is: not too long for the way out, for our station, IPv4 without options, whole (no fragment), not damaged, TTL above 1, no VLAN tag, UDP, or TCP
// without SYN, FIN and RST. All else is for user level.

namespace mimi {

// Network byte order everywhere. 16 bytes.
struct WireKey {
    uint32_t saddr, daddr;
    uint16_t sport, dport;
    uint8_t proto;
    uint8_t side;  // which device it comes in by
    uint16_t zero;

    bool operator==(const WireKey &) const = default;
};
static_assert(sizeof(WireKey) == 16);

// What becomes of a frame. The changes are one's complement sums of differences (mimi/checksumdelta.hh).
struct WireAction {
    uint8_t mac_to[6], mac_from[6];
    uint32_t device;
    uint32_t saddr, daddr;
    uint16_t sport, dport;
    uint32_t address_change, port_change;
    uint32_t header_change;  // the addresses' and the TTL's
    uint32_t number;         // of its WireCount
    uint32_t mtu;            // of the way out: what is longer, or whose segments are, is for user level
};
static_assert(sizeof(WireAction) == 48);

// A processor's note from the judge to the mover.
struct WirePlan {
    WireAction action;
    uint32_t sum_at;  // where the transport checksum is; 0: no plan
    uint32_t length;  // of the frame, and
    uint32_t trimmed; // of what is to leave: without the padding behind the IP packet
    uint32_t saddr, daddr, ports;  // as it came
};
static_assert(sizeof(WirePlan) == 72);

struct WireCount {
    uint64_t packets, bytes;
};

struct FlowMaps {
    int flows;   // WireKey to WireAction
    int plans;   // one WirePlan for each processor
    int counts;  // WireCounts, by number
};

// A program's descriptor, or -1 and the reason. Unless `others`, packets of IPv4 to other stations than ours are seen by nobody.
int load_judge(const FlowMaps &maps, const uint8_t *station, bool others, uint8_t side, String &problem);
int load_mover(const FlowMaps &maps, String &problem);

}  // namespace mimi
#endif
