// SPDX-License-Identifier: Apache-2.0
#ifndef CLICKNET_IP6_H
#define CLICKNET_IP6_H
#include <click/config.h>
#include <netinet/in.h>
#include <stdint.h>

// The IPv6 header and its extensions (RFC 8200), ICMPv6 (RFC 4443) and neighbour discovery (RFC 4861).

struct click_ip6 {
    union {
        struct {
            uint32_t ip6_un1_flow;  // version 4 bits, traffic class 8, flow label 20
            uint16_t ip6_un1_plen;
            uint8_t ip6_un1_nxt;
            uint8_t ip6_un1_hlim;
        } ip6_un1;
        uint8_t ip6_un2_vfc;
        struct {
#if CLICK_BYTE_ORDER == CLICK_BIG_ENDIAN
            unsigned ip6_un3_v : 4;
            unsigned ip6_un3_pad : 4;
#else
            unsigned ip6_un3_pad : 4;
            unsigned ip6_un3_v : 4;
#endif
        } ip6_un3;
    } ip6_ctlun;
    struct in6_addr ip6_src;
    struct in6_addr ip6_dst;
};

#undef ip6_flow
#undef ip6_plen
#undef ip6_nxt
#undef ip6_hlim
#undef ip6_vfc
#undef ip6_v
#define ip6_flow ip6_ctlun.ip6_un1.ip6_un1_flow
#define ip6_plen ip6_ctlun.ip6_un1.ip6_un1_plen
#define ip6_nxt ip6_ctlun.ip6_un1.ip6_un1_nxt
#define ip6_hlim ip6_ctlun.ip6_un1.ip6_un1_hlim
#define ip6_vfc ip6_ctlun.ip6_un2_vfc
#define ip6_v ip6_ctlun.ip6_un3.ip6_un3_v

#define IP6_FLOW_MASK 0x000FFFFFU
#define IP6_FLOW_SHIFT 0
#define IP6_CLASS_MASK 0x0FF00000U
#define IP6_CLASS_SHIFT 20
#define IP6_DSCP_MASK 0x0FC00000U
#define IP6_DSCP_SHIFT 22
#define IP6_V_MASK 0xF0000000U
#define IP6_V_SHIFT 28

#define IP6PROTO_FRAGMENT 44

struct click_ip6_ext {
    uint8_t ip6e_nxt;
    uint8_t ip6e_len;  // in 8-byte units, the first apart
};

struct click_ip6_fragment {
    uint8_t ip6_frag_nxt;
    uint8_t ip6_frag_reserved;
    uint16_t ip6_frag_offset;
#define IP6_MF 0x0001
#define IP6_OFFMASK 0xFFF8
    uint32_t ip6_frag_id;
};

struct click_nd_sol {
    uint8_t type;
    uint8_t code;
    uint16_t checksum;
    uint32_t reserved;
    uint8_t nd_tpa[16];
    uint8_t option_type;
    uint8_t option_length;
    uint8_t nd_sha[6];
};
#define ND_SOL 0x87

struct click_nd_adv {
    uint8_t type;
    uint8_t code;
    uint16_t checksum;
    uint8_t flags;
    uint8_t reserved[3];
    uint8_t nd_tpa[16];
    uint8_t option_type;
    uint8_t option_length;
    uint8_t nd_tha[6];
};
#define ND_ADV 0x88
#define NDADV_SOLICITED 0x60

// An advertisement without the link-layer address option.
struct click_nd_adv2 {
    uint8_t type;
    uint8_t code;
    uint16_t checksum;
    uint8_t flags;
    uint8_t reserved[3];
    uint8_t nd_tpa[16];
};

// The checksum of a transport packet with its IPv6 pseudo-header (RFC 8200, section 8.1), ready to be stored. `old_sum` is
// the value of the checksum field, which is not counted. Length and sums are in network order.
uint16_t in6_fast_cksum(const struct in6_addr *src, const struct in6_addr *dst, uint16_t len_n, uint8_t proto,
                        uint16_t old_sum, const unsigned char *data, uint16_t data_len_n);

// The length of the IPv6 header and its extensions up to the transport header; `available` bounds what is looked at.
// Sets the transport protocol; for a later fragment, where there is none, IP_PROTO_NONE.
unsigned ip6_header_length(const struct click_ip6 *ip6, unsigned available, int &proto);

#endif
