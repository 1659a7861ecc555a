// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "getipaddress.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <clicknet/ip.h>
#include <cstring>

int GetIPAddress::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String word;
    bool have_offset = false;
    if (Args(conf, this, errh)
            .read_p("OFFSET", _offset).read_status(have_offset)
            .read("IP", WordArg(), word)
            .read("ANNO", AnnoArg(4), _anno)
            .complete() < 0)
        return -1;
    if (have_offset == (word.length() > 0))
        return errh->error("expected either OFFSET or IP");
    if (word == "src")
        _offset = from_source;
    else if (word == "dst")
        _offset = from_destination;
    else if (word)
        return errh->error("IP: expected src or dst");
    else if (_offset < 0)
        return errh->error("OFFSET: must not be negative");
    return 0;
}

Packet *GetIPAddress::simple_action(Packet *packet)
{
    uint32_t address = 0;
    if (_offset >= 0) {
        if (packet->length() >= static_cast<unsigned>(_offset) + 4)
            memcpy(&address, packet->data() + _offset, 4);
    } else if (packet->has_network_header()) {
        const click_ip *ip = packet->ip_header();
        address = _offset == from_source ? ip->ip_src.s_addr : ip->ip_dst.s_addr;
    }
    packet->set_anno_u32(_anno, address);
    return packet;
}

EXPORT_ELEMENT(GetIPAddress)
