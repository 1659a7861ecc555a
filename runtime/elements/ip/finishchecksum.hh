// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FINISHCHECKSUM_HH
#define MIMI_FINISHCHECKSUM_HH
#include <click/packet.hh>

// Completes a checksum that the sender's stack left to the device, and forgets all offload notes of the packet: for places
// that cannot carry them (files, payloads of other packets, fragments). Consumes `packet`; null when out of memory.
//
// The checksum field holds the folded pseudo-header sum, so the finished value is the sum from csum_start to the end.
Packet *finish_checksum(Packet *packet);

// Where the unfinished checksum starts, as an offset from packet->data(); -1 when there is none, or it was stripped away.
inline int partial_checksum_start(const Packet *packet)
{
    if (!packet->csum_partial())
        return -1;
    int start = static_cast<int>(packet->offload().csum_start) - static_cast<int>(packet->headroom());
    return start >= 0 && start + packet->offload().csum_offset + 2 <= static_cast<int>(packet->length()) ? start : -1;
}

#endif
