// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "markipce.hh"
#include <click/args.hh>
#include <click/error.hh>

int MarkIPCE::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_p("FORCE", _force).complete();
}

Packet *MarkIPCE::simple_action(Packet *packet)
{
    bool capable = packet->has_network_header() && (packet->ip_header()->ip_tos & IP_ECNMASK) != 0;
    if (!capable && !_force) {
        ++_drops;
        packet->kill();
        return nullptr;
    }
    return replace_tos_bits(packet, IP_ECNMASK, IP_ECN_CE);
}

EXPORT_ELEMENT(MarkIPCE)
