// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "settcpchecksum.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <clicknet/ip.h>
#include <clicknet/tcp.h>
#include "transportchecksum.hh"

int SetTCPChecksum::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_p("FIXOFF", _fix_offset).complete();
}

Packet *SetTCPChecksum::simple_action(Packet *packet)
{
    WritablePacket *writable = packet->uniqueify();
    if (!writable)
        return nullptr;
    const click_ip *ip = writable->ip_header();
    unsigned length = writable->transport_length();
    if (!writable->has_transport_header() || ip->ip_p != IP_PROTO_TCP || IP_ISFRAG(ip) || length < sizeof(click_tcp)) {
        checked_output_push(1, writable);
        return nullptr;
    }
    click_tcp *tcp = writable->tcp_header();
    unsigned header_length = tcp->th_off * 4;
    if (_fix_offset && header_length < sizeof(click_tcp))
        tcp->th_off = sizeof(click_tcp) / 4;
    else if (_fix_offset && header_length > length)
        tcp->th_off = length / 4;
    set_transport_checksum(writable, &tcp->th_sum, length);
    return writable;
}

EXPORT_ELEMENT(SetTCPChecksum)
