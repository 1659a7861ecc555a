// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FIREWALLANSWER_HH
#define MIMI_FIREWALLANSWER_HH
#include "packetrewrite.hh"

namespace mimi {

// Whether an ICMP error may be sent about `p` (RFC 1122, section 3.2.2; RFC 4443, section 2.4 (e)): not about an ICMP error or a later
// fragment, nor for a packet to or from many.
bool may_be_answered(const Packet *p, const PacketView &view);
bool may_be_answered(const Packet *p, const PacketView6 &view);

// A new packet: ICMP "administratively prohibited" (RFC 1812, section 5.2.7.1; RFC 4443, section 3.1) about `p`, to its sender, in the
// name of its destination. Only of what may_be_answered(). Null without memory.
WritablePacket *make_prohibited(const Packet *p, const PacketView &view);
WritablePacket *make_prohibited(const Packet *p, const PacketView6 &view);

}  // namespace mimi
#endif
