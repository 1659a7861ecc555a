// SPDX-License-Identifier: Apache-2.0
#ifndef CLICKNET_ICMP_H
#define CLICKNET_ICMP_H
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

// ICMP (RFC 792, RFC 950; next-hop MTU RFC 1191; codes RFC 1812).

struct click_icmp {
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint16_t icmp_cksum;
    uint32_t padding;
};

struct click_icmp_paramprob {
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint16_t icmp_cksum;
    uint8_t icmp_pointer;
    uint8_t padding;
    uint16_t icmp_length;
};

struct click_icmp_redirect {
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint16_t icmp_cksum;
    struct in_addr icmp_gateway;
};

struct click_icmp_sequenced {
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint16_t icmp_cksum;
    uint16_t icmp_identifier;
    uint16_t icmp_sequence;
};
#define click_icmp_echo click_icmp_sequenced
#define click_icmp_info click_icmp_sequenced

struct click_icmp_tstamp {
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint16_t icmp_cksum;
    uint16_t icmp_identifier;
    uint16_t icmp_sequence;
    uint32_t icmp_originate;
    uint32_t icmp_receive;
    uint32_t icmp_transmit;
};

struct click_icmp_unreach {
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint16_t icmp_cksum;
    uint16_t padding;
    uint16_t icmp_length;
};

struct click_icmp_needfrag {
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint16_t icmp_cksum;
    uint16_t icmp_length;
    uint16_t icmp_nextmtu;
};

struct click_icmp_timeexceed {
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint16_t icmp_cksum;
    uint16_t padding;
    uint16_t icmp_length;
};

#undef ICMP_ECHOREPLY
#undef ICMP_UNREACH
#undef ICMP_SOURCEQUENCH
#undef ICMP_REDIRECT
#undef ICMP_ECHO
#undef ICMP_ROUTERADVERT
#undef ICMP_ROUTERSOLICIT
#undef ICMP_TIMXCEED
#undef ICMP_PARAMPROB
#undef ICMP_TSTAMP
#undef ICMP_TSTAMPREPLY
#undef ICMP_IREQ
#undef ICMP_IREQREPLY
#undef ICMP_MASKREQ
#undef ICMP_MASKREQREPLY
#define ICMP_ECHOREPLY 0
#define ICMP_UNREACH 3
#define ICMP_SOURCEQUENCH 4
#define ICMP_REDIRECT 5
#define ICMP_ECHO 8
#define ICMP_ROUTERADVERT 9
#define ICMP_ROUTERSOLICIT 10
#define ICMP_TIMXCEED 11
#define ICMP_PARAMPROB 12
#define ICMP_TSTAMP 13
#define ICMP_TSTAMPREPLY 14
#define ICMP_IREQ 15
#define ICMP_IREQREPLY 16
#define ICMP_MASKREQ 17
#define ICMP_MASKREQREPLY 18

#undef ICMP_UNREACH_NET
#undef ICMP_UNREACH_HOST
#undef ICMP_UNREACH_PROTOCOL
#undef ICMP_UNREACH_PORT
#undef ICMP_UNREACH_NEEDFRAG
#undef ICMP_UNREACH_SRCFAIL
#undef ICMP_UNREACH_NET_UNKNOWN
#undef ICMP_UNREACH_HOST_UNKNOWN
#undef ICMP_UNREACH_ISOLATED
#undef ICMP_UNREACH_NET_PROHIB
#undef ICMP_UNREACH_HOST_PROHIB
#undef ICMP_UNREACH_TOSNET
#undef ICMP_UNREACH_TOSHOST
#undef ICMP_UNREACH_FILTER_PROHIB
#undef ICMP_UNREACH_HOST_PRECEDENCE
#undef ICMP_UNREACH_PRECEDENCE_CUTOFF
#define ICMP_UNREACH_NET 0
#define ICMP_UNREACH_HOST 1
#define ICMP_UNREACH_PROTOCOL 2
#define ICMP_UNREACH_PORT 3
#define ICMP_UNREACH_NEEDFRAG 4
#define ICMP_UNREACH_SRCFAIL 5
#define ICMP_UNREACH_NET_UNKNOWN 6
#define ICMP_UNREACH_HOST_UNKNOWN 7
#define ICMP_UNREACH_ISOLATED 8
#define ICMP_UNREACH_NET_PROHIB 9
#define ICMP_UNREACH_HOST_PROHIB 10
#define ICMP_UNREACH_TOSNET 11
#define ICMP_UNREACH_TOSHOST 12
#define ICMP_UNREACH_FILTER_PROHIB 13
#define ICMP_UNREACH_HOST_PRECEDENCE 14
#define ICMP_UNREACH_PRECEDENCE_CUTOFF 15

#undef ICMP_REDIRECT_NET
#undef ICMP_REDIRECT_HOST
#undef ICMP_REDIRECT_TOSNET
#undef ICMP_REDIRECT_TOSHOST
#define ICMP_REDIRECT_NET 0
#define ICMP_REDIRECT_HOST 1
#define ICMP_REDIRECT_TOSNET 2
#define ICMP_REDIRECT_TOSHOST 3

#undef ICMP_TIMXCEED_TRANSIT
#undef ICMP_TIMXCEED_REASSEMBLY
#define ICMP_TIMXCEED_TRANSIT 0
#define ICMP_TIMXCEED_REASSEMBLY 1

#undef ICMP_PARAMPROB_ERRATPTR
#undef ICMP_PARAMPROB_OPTABSENT
#undef ICMP_PARAMPROB_LENGTH
#define ICMP_PARAMPROB_ERRATPTR 0
#define ICMP_PARAMPROB_OPTABSENT 1
#define ICMP_PARAMPROB_LENGTH 2

// The length of the ICMP header, which for some types goes beyond the first 8 bytes.
static inline size_t click_icmp_hl(uint8_t icmp_type)
{
    if (icmp_type == ICMP_TSTAMP || icmp_type == ICMP_TSTAMPREPLY)
        return sizeof(struct click_icmp_tstamp);
    if (icmp_type == ICMP_MASKREQ || icmp_type == ICMP_MASKREQREPLY)
        return sizeof(struct click_icmp_sequenced) + 4;
    return sizeof(struct click_icmp);
}

#endif
