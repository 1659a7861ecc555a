// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "storeipaddress.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <cstring>
#include "transportchecksum.hh"

int StoreIPAddress::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String where;
    Args args(conf, this, errh);
    _given = conf.size() > 1;
    if (_given)
        args.read_mp("ADDR", _address);
    if (args.read_mp("OFFSET", WordArg(), where).complete() < 0)
        return -1;
    if (where == "src")
        _offset = to_source;
    else if (where == "dst")
        _offset = to_destination;
    else if (!IntArg().parse(where, _offset) || _offset < 0)
        return errh->error("OFFSET: expected a number, src or dst");
    return 0;
}

Packet *StoreIPAddress::simple_action(Packet *packet)
{
    uint32_t address = _given ? _address.addr() : packet->dst_ip_anno().addr();
    bool room = _offset < 0 ? packet->has_network_header() : packet->length() >= static_cast<unsigned>(_offset) + 4;
    if (!room)
        return packet;
    WritablePacket *writable = packet->uniqueify();
    if (!writable)
        return nullptr;
    if (_offset >= 0)
        memcpy(writable->data() + _offset, &address, 4);
    else if (_offset == to_source)
        rewrite_address(writable, &writable->ip_header()->ip_src, address);
    else
        rewrite_address(writable, &writable->ip_header()->ip_dst, address);
    return writable;
}

EXPORT_ELEMENT(StoreIPAddress)
