// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_VIRTIOHEADER_HH
#define MIMI_VIRTIOHEADER_HH
#include <cstdint>

// The header in front of each frame on a packet socket with PACKET_VNET_HDR, in the machine's byte order. It is virtio's
// struct virtio_net_hdr; the kernel's own C header uses a C++ keyword as a name, so it cannot be included here.
struct VirtioHeader {
    enum Flags : uint8_t { needs_checksum = 1, data_valid = 2 };
    enum Segmentation : uint8_t { gso_none = 0, gso_tcp4 = 1, gso_udp = 3, gso_tcp6 = 4, gso_udp_l4 = 5, gso_ecn = 0x80 };

    uint8_t flags = 0;
    uint8_t gso_type = gso_none;
    uint16_t hdr_len = 0;
    uint16_t gso_size = 0;
    uint16_t csum_start = 0;
    uint16_t csum_offset = 0;
};
static_assert(sizeof(VirtioHeader) == 10);

#endif
