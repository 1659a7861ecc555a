// SPDX-License-Identifier: Apache-2.0
#ifndef CLICKNET_ETHER_H
#define CLICKNET_ETHER_H
#include <stdint.h>

// Ethernet II (IEEE 802.3), VLAN tags (IEEE 802.1Q) and ARP (RFC 826). All multi-byte fields are in network order.

#define ETHER_ADDR_LEN 6
#define ETHER_MAX_LEN 1518
#define ETHER_MIN_LEN 64
#define ETHER_CRC_LEN 4

struct click_ether {
    uint8_t ether_dhost[6];
    uint8_t ether_shost[6];
    uint16_t ether_type;
} __attribute__((packed, aligned(2)));

struct click_ether_vlan {
    uint8_t ether_dhost[6];
    uint8_t ether_shost[6];
    uint16_t ether_vlan_proto;  // ETHERTYPE_8021Q
    uint16_t ether_vlan_tci;
    uint16_t ether_vlan_encap_proto;
} __attribute__((packed, aligned(2)));

#ifndef ETHERTYPE_IP
# define ETHERTYPE_IP 0x0800
#endif
#ifndef ETHERTYPE_ARP
# define ETHERTYPE_ARP 0x0806
#endif
#ifndef ETHERTYPE_REVARP
# define ETHERTYPE_REVARP 0x8035
#endif
#ifndef ETHERTYPE_TRAIL
# define ETHERTYPE_TRAIL 0x1000
#endif
#ifndef ETHERTYPE_8021Q
# define ETHERTYPE_8021Q 0x8100
#endif
#ifndef ETHERTYPE_IP6
# define ETHERTYPE_IP6 0x86DD
#endif
#ifndef ETHERTYPE_MACCONTROL
# define ETHERTYPE_MACCONTROL 0x8808
#endif
#ifndef ETHERTYPE_PPPOE_DISC
# define ETHERTYPE_PPPOE_DISC 0x8863
#endif
#ifndef ETHERTYPE_PPPOE_SESS
# define ETHERTYPE_PPPOE_SESS 0x8864
#endif
#ifndef ETHERTYPE_8021AD
# define ETHERTYPE_8021AD 0x88A8
#endif
#ifndef ETHERTYPE_GRID
# define ETHERTYPE_GRID 0x7FFF
#endif

// The same, byte by byte swapped where the host needs it: for comparing with a field as it lies in the packet.
#define ETHERTYPE_IP_N __builtin_bswap16(ETHERTYPE_IP)
#define ETHERTYPE_ARP_N __builtin_bswap16(ETHERTYPE_ARP)

struct click_arp {
    uint16_t ar_hrd;
    uint16_t ar_pro;
    uint8_t ar_hln;
    uint8_t ar_pln;
    uint16_t ar_op;
} __attribute__((packed, aligned(2)));

// ARP for IPv4 over Ethernet.
struct click_ether_arp {
    struct click_arp ea_hdr;
    uint8_t arp_sha[6];
    uint8_t arp_spa[4];
    uint8_t arp_tha[6];
    uint8_t arp_tpa[4];
} __attribute__((packed, aligned(2)));

#ifndef arp_hrd
# define arp_hrd ea_hdr.ar_hrd
# define arp_pro ea_hdr.ar_pro
# define arp_hln ea_hdr.ar_hln
# define arp_pln ea_hdr.ar_pln
# define arp_op ea_hdr.ar_op
#endif

#ifndef ARPHRD_ETHER
# define ARPHRD_ETHER 1
#endif
#ifndef ARPHRD_IEEE802
# define ARPHRD_IEEE802 6
#endif
#ifndef ARPHRD_80211
# define ARPHRD_80211 801
#endif
#ifndef ARPHRD_80211_PRISM
# define ARPHRD_80211_PRISM 802
#endif
#ifndef ARPOP_REQUEST
# define ARPOP_REQUEST 1
#endif
#ifndef ARPOP_REPLY
# define ARPOP_REPLY 2
#endif
#ifndef ARPOP_REVREQUEST
# define ARPOP_REVREQUEST 3
#endif
#ifndef ARPOP_REVREPLY
# define ARPOP_REVREPLY 4
#endif
#ifndef ARPOP_INVREQUEST
# define ARPOP_INVREQUEST 8  // RFC 2390
#endif
#ifndef ARPOP_INVREPLY
# define ARPOP_INVREPLY 9
#endif

// MAC control, as in PAUSE frames (IEEE 802.3, annex 31B).
struct click_ether_macctl {
    uint16_t ether_macctl_opcode;
    uint16_t ether_macctl_param;
    uint8_t ether_macctl_reserved[42];
} __attribute__((packed, aligned(2)));
#define ETHER_MACCTL_OP_PAUSE 1

#endif
