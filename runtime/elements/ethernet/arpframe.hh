// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_ARPFRAME_HH
#define MIMI_ARPFRAME_HH
#include <click/config.h>
#include <click/etheraddress.hh>
#include <click/ipaddress.hh>
#include <click/packet.hh>
#include <cstdint>

// An ARP message for IPv4 over Ethernet (RFC 826), as a value; and how it sits in a frame.
struct ArpMessage {
    enum { request = 1, reply = 2, frame_bytes = 42 };

    int operation = 0;
    EtherAddress sender_ether;
    IPAddress sender_ip;
    EtherAddress target_ether;
    IPAddress target_ip;

    // Reads a frame that starts with its Ethernet header. False unless it is a whole ARP message of this kind.
    static bool read(const Packet *packet, ArpMessage &message);
    // A frame from `sender_ether` to `destination`; null when out of memory.
    WritablePacket *make_frame(const EtherAddress &destination) const;
};

#endif
