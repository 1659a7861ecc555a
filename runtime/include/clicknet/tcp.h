// SPDX-License-Identifier: Apache-2.0
#ifndef CLICKNET_TCP_H
#define CLICKNET_TCP_H
#include <click/config.h>
#include <stdint.h>

// TCP (RFC 9293; ECN flags RFC 3168; options RFC 7323, RFC 2018).

typedef uint32_t tcp_seq_t;

struct click_tcp {
    uint16_t th_sport;
    uint16_t th_dport;
    tcp_seq_t th_seq;
    tcp_seq_t th_ack;
#if CLICK_BYTE_ORDER == CLICK_BIG_ENDIAN
    unsigned th_off : 4;
    unsigned th_flags2 : 4;
#else
    unsigned th_flags2 : 4;
    unsigned th_off : 4;  // header length in 32-bit words
#endif
    uint8_t th_flags;
    uint16_t th_win;
    uint16_t th_sum;
    uint16_t th_urp;
};

#ifndef TH_FIN
# define TH_FIN 0x01
#endif
#ifndef TH_SYN
# define TH_SYN 0x02
#endif
#ifndef TH_RST
# define TH_RST 0x04
#endif
#ifndef TH_PUSH
# define TH_PUSH 0x08
#endif
#ifndef TH_ACK
# define TH_ACK 0x10
#endif
#ifndef TH_URG
# define TH_URG 0x20
#endif
#ifndef TH_ECE
# define TH_ECE 0x40
#endif
#ifndef TH_CWR
# define TH_CWR 0x80
#endif
#ifndef TH_NS
# define TH_NS 0x01  // of th_flags2
#endif

#ifndef TCPOPT_EOL
# define TCPOPT_EOL 0
#endif
#ifndef TCPOPT_NOP
# define TCPOPT_NOP 1
#endif
#ifndef TCPOPT_MAXSEG
# define TCPOPT_MAXSEG 2
#endif
#ifndef TCPOLEN_MAXSEG
# define TCPOLEN_MAXSEG 4
#endif
#ifndef TCPOPT_WSCALE
# define TCPOPT_WSCALE 3
#endif
#ifndef TCPOLEN_WSCALE
# define TCPOLEN_WSCALE 3
#endif
#ifndef TCPOPT_SACK_PERMITTED
# define TCPOPT_SACK_PERMITTED 4
#endif
#ifndef TCPOLEN_SACK_PERMITTED
# define TCPOLEN_SACK_PERMITTED 2
#endif
#ifndef TCPOPT_SACK
# define TCPOPT_SACK 5
#endif
#ifndef TCPOPT_TIMESTAMP
# define TCPOPT_TIMESTAMP 8
#endif
#ifndef TCPOLEN_TIMESTAMP
# define TCPOLEN_TIMESTAMP 10
#endif

// Sequence numbers compare on a circle.
#define SEQ_LT(x, y) ((int32_t) ((x) - (y)) < 0)
#define SEQ_LEQ(x, y) ((int32_t) ((x) - (y)) <= 0)
#define SEQ_GEQ(x, y) ((int32_t) ((x) - (y)) >= 0)
#define SEQ_GT(x, y) ((int32_t) ((x) - (y)) > 0)

#endif
