// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_TRANSPORTCHECKSUM_HH
#define MIMI_TRANSPORTCHECKSUM_HH
#include <click/packet.hh>
#include <clicknet/ip.h>
#include <cstdint>

// TCP and UDP checksums of IPv4 packets, complete or left to the device (see Packet::csum_partial()).
//
// A complete field holds the inverted sum of pseudo header and segment. A partial one holds the sum of the pseudo header
// alone, folded and not inverted; whoever sends the packet adds the segment and inverts.

// The folded, not inverted sum of the pseudo header.
uint16_t pseudo_header_sum(const click_ip *ip, unsigned transport_length);

// The checksum field of a TCP or UDP first fragment with a transport header annotation; null when there is none, or a UDP
// checksum is switched off (zero).
uint16_t *transport_checksum_field(WritablePacket *packet);

// Computes the field anew: complete, or the pseudo header sum where the packet is to be finished by the device.
void set_transport_checksum(WritablePacket *packet, uint16_t *field, unsigned transport_length);

// Follows a change of an address in the IP header (network order words).
void update_for_address(WritablePacket *packet, uint32_t old_address, uint32_t new_address);

// Changes source or destination of the IP header with its checksums.
void rewrite_address(WritablePacket *packet, struct in_addr *field, uint32_t new_address);

enum class ChecksumState { good, bad };
// Checks a complete TCP, UDP (zero: switched off) checksum. Partial ones, and those the kernel has checked, are good.
ChecksumState check_transport_checksum(const Packet *packet, uint16_t field, unsigned transport_length);

#endif
