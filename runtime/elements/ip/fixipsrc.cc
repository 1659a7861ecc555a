// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "fixipsrc.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet_anno.hh>
#include "transportchecksum.hh"

int FixIPSrc::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_mp("IPADDR", _address).complete();
}

Packet *FixIPSrc::simple_action(Packet *packet)
{
    if (!FIX_IP_SRC_ANNO(packet) || !packet->has_network_header())
        return packet;
    SET_FIX_IP_SRC_ANNO(packet, 0);
    WritablePacket *writable = packet->uniqueify();
    if (writable)
        rewrite_address(writable, &writable->ip_header()->ip_src, _address.addr());
    return writable;
}

EXPORT_ELEMENT(FixIPSrc)
