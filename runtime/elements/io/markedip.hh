// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_MARKEDIP_HH
#define MIMI_MARKEDIP_HH
#include <click/packet.hh>

// Marks the headers of a packet that begins with an IP header, version 4 or 6, and sets the destination IP annotation of the
// former. False when it is neither, or its lengths do not fit; checksums are not looked at. An IPv4 packet cut short by whoever read it
// is fine: its transport header may then be missing.
bool mark_as_ip(Packet *packet);

#endif
