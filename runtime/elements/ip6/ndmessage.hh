// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_NDMESSAGE_HH
#define MIMI_NDMESSAGE_HH
#include <click/etheraddress.hh>
#include <click/ip6address.hh>
#include <click/packet.hh>

// Neighbour solicitations and advertisements (RFC 4861, sections 4.3 and 4.4) as Ethernet frames.

struct NdMessage {
    enum Kind : uint8_t { solicitation = 135, advertisement = 136 };
    enum Flag : uint8_t { router = 0x80, solicited = 0x40, override_ = 0x20 };

    Kind kind;
    uint8_t flags;          // of an advertisement
    IP6Address source, destination, target;
    EtherAddress sender;    // who sent the frame
    EtherAddress link;      // that the message tells; the sender's where it tells none
    bool tells_link;

    // False where a host must ignore the frame (sections 7.1.1, 7.1.2): not such a message, from off the link, damaged, contradictory.
    static bool read(const Packet *frame, NdMessage &message);
    // A frame that says so: from `link`, to `to`. Null: no memory.
    WritablePacket *frame(const EtherAddress &to) const;
};

// The group that hosts with the address listen to (RFC 4291, section 2.7.1), and the Ethernet address of a group (RFC 2464).
IP6Address solicited_node(const IP6Address &address);
EtherAddress group_ether(const IP6Address &group);

#endif
