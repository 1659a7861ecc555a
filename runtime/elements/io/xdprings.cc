// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "xdprings.hh"
#include <sys/socket.h>

bool XdpMemory::make(int fd, uint32_t count, int frames_ring)
{
    if (!chunks.map(size_t{count} * chunk_bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        return false;
    xdp_umem_reg area{};
    area.addr = reinterpret_cast<uintptr_t>(at(0));
    area.len = uint64_t{count} * chunk_bytes;
    area.chunk_size = chunk_bytes;
    if (setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &area, sizeof(area)) < 0)
        return false;
    // The kernel wants the rings of both directions of the memory, whichever is used.
    for (int ring : {XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, frames_ring})
        if (setsockopt(fd, SOL_XDP, ring, &count, sizeof(count)) < 0)
            return false;
    xdp_mmap_offsets offsets{};
    socklen_t length = sizeof(offsets);
    if (getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &length) < 0)
        return false;
    const bool receives = frames_ring == XDP_RX_RING;
    return frames.map(fd, receives ? XDP_PGOFF_RX_RING : XDP_PGOFF_TX_RING, receives ? offsets.rx : offsets.tx, count)
        && free.map(fd, XDP_UMEM_PGOFF_FILL_RING, offsets.fr, count)
        && completed.map(fd, XDP_UMEM_PGOFF_COMPLETION_RING, offsets.cr, count);
}
