// SPDX-License-Identifier: Apache-2.0
#ifndef CLICKNET_UDP_H
#define CLICKNET_UDP_H
#include <stdint.h>

// UDP (RFC 768). A checksum of 0 means that there is none.
struct click_udp {
    uint16_t uh_sport;
    uint16_t uh_dport;
    uint16_t uh_ulen;  // header and payload
    uint16_t uh_sum;
};

#endif
