// SPDX-License-Identifier: Apache-2.0
#ifndef CLICKNET_IP_H
#define CLICKNET_IP_H
#include <click/config.h>
#include <netinet/in.h>
#include <stdint.h>

// The IPv4 header (RFC 791, DSCP and ECN after RFC 2474 and RFC 3168) and the Internet checksum (RFC 1071).

struct click_ip {
#if CLICK_BYTE_ORDER == CLICK_BIG_ENDIAN
    unsigned ip_v : 4;
    unsigned ip_hl : 4;
#else
    unsigned ip_hl : 4;  // in 32-bit words
    unsigned ip_v : 4;
#endif
    uint8_t ip_tos;
    uint16_t ip_len;
    uint16_t ip_id;
    uint16_t ip_off;
    uint8_t ip_ttl;
    uint8_t ip_p;
    uint16_t ip_sum;
    struct in_addr ip_src;
    struct in_addr ip_dst;
};

// Flags and offset of ip_off, in host order.
#ifndef IP_RF
# define IP_RF 0x8000
#endif
#ifndef IP_DF
# define IP_DF 0x4000
#endif
#ifndef IP_MF
# define IP_MF 0x2000
#endif
#ifndef IP_OFFMASK
# define IP_OFFMASK 0x1fff
#endif
#define IP_ISFRAG(iph) (((iph)->ip_off & htons(IP_MF | IP_OFFMASK)) != 0)
// True for the packet that carries the transport header, fragmented or not.
#define IP_FIRSTFRAG(iph) (((iph)->ip_off & htons(IP_OFFMASK)) == 0)

#ifndef IP_DSCPMASK
# define IP_DSCPMASK 0xFC
#endif
#ifndef IP_ECNMASK
# define IP_ECNMASK 0x03
# define IP_ECN_NOT_ECT 0x00
# define IP_ECN_ECT1 0x01
# define IP_ECN_ECT2 0x02
# define IP_ECN_CE 0x03
#endif

// Options (RFC 791, section 3.1; router alert RFC 2113).
#ifndef IPOPT_EOL
# define IPOPT_EOL 0
#endif
#ifndef IPOPT_NOP
# define IPOPT_NOP 1
#endif
#ifndef IPOPT_RR
# define IPOPT_RR 7
#endif
#ifndef IPOPT_TS
# define IPOPT_TS 68
#endif
#ifndef IPOPT_SECURITY
# define IPOPT_SECURITY 130
#endif
#ifndef IPOPT_LSRR
# define IPOPT_LSRR 131
#endif
#ifndef IPOPT_SATID
# define IPOPT_SATID 136
#endif
#ifndef IPOPT_SSRR
# define IPOPT_SSRR 137
#endif
#ifndef IPOPT_RA
# define IPOPT_RA 148
#endif

// Assigned numbers (RFC 5237).
#define IP_PROTO_ICMP 1
#define IP_PROTO_IGMP 2
#define IP_PROTO_GGP 3
#define IP_PROTO_IPIP 4
#define IP_PROTO_ST 5
#define IP_PROTO_TCP 6
#define IP_PROTO_UDP 17
#define IP_PROTO_DCCP 33
#define IP_PROTO_IP6 41
#define IP_PROTO_RSVP 46
#define IP_PROTO_GRE 47
#define IP_PROTO_ESP 50
#define IP_PROTO_AH 51
#define IP_PROTO_ICMP6 58
#define IP_PROTO_EIGRP 88
#define IP_PROTO_OSPF 89
#define IP_PROTO_PIM 103
#define IP_PROTO_IPCOMP 108
#define IP_PROTO_VRRP 112
#define IP_PROTO_SCTP 132
#define IP_PROTO_UDPLITE 136
// Pseudo-protocols of Click's filters.
#define IP_PROTO_NONE 256
#define IP_PROTO_TCP_OR_UDP 257
#define IP_PROTO_TRANSP 258
#define IP_PROTO_PAYLOAD 259

// A protocol whose header begins with source and destination port.
#define IP_PROTO_HAS_PORTS(p) \
    ((p) == IP_PROTO_TCP || (p) == IP_PROTO_UDP || (p) == IP_PROTO_DCCP || (p) == IP_PROTO_SCTP \
     || (p) == IP_PROTO_UDPLITE)

// The checksum of `len` bytes in network order, ready to be stored: complement of the one's complement sum.
// Over data that contains its own correct checksum the result is 0.
uint16_t click_in_cksum(const unsigned char *data, int len);

// Extends click_in_cksum() of a TCP or UDP packet to its pseudo-header (RFC 793, RFC 768). `packet_len` is the length of
// transport header and payload. Addresses are in network order.
uint16_t click_in_cksum_pseudohdr_raw(uint32_t csum, uint32_t src, uint32_t dst, int proto, int packet_len);
uint16_t click_in_cksum_pseudohdr_hard(uint32_t csum, const struct click_ip *iph, int packet_len);

// A packet with a source route option counts its final destination, which the hard version looks up.
static inline uint16_t click_in_cksum_pseudohdr(uint32_t csum, const struct click_ip *iph, int packet_len)
{
    if (iph->ip_hl == 5)
        return click_in_cksum_pseudohdr_raw(csum, iph->ip_src.s_addr, iph->ip_dst.s_addr, iph->ip_p, packet_len);
    return click_in_cksum_pseudohdr_hard(csum, iph, packet_len);
}

// Corrects a checksum for one changed 16-bit word, all as they lie in the packet (RFC 1624, equation 3).
static inline void click_update_in_cksum(uint16_t *csum, uint16_t old_hw, uint16_t new_hw)
{
    uint32_t sum = (~*csum & 0xFFFF) + (~old_hw & 0xFFFF) + new_hw;
    sum = (sum & 0xFFFF) + (sum >> 16);
    *csum = (uint16_t) ~(sum + (sum >> 16));
}

// An updated checksum of 0 or 0xFFFF is ambiguous (RFC 1624, section 3): settles it by summing the data, which
// includes the checksum, and stores 0xFFFF when that is what computing it anew would give.
void click_update_zero_in_cksum_hard(uint16_t *csum, const unsigned char *data, int len);

static inline void click_update_zero_in_cksum(uint16_t *csum, const unsigned char *data, int len)
{
    if (*csum == 0 || *csum == 0xFFFF)
        click_update_zero_in_cksum_hard(csum, data, len);
}

#endif
