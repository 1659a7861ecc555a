// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ipencap.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <click/nameinfo.hh>
#include <clicknet/ip.h>
#include <cstring>
#include "finishchecksum.hh"

int IPEncap::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String destination, protocol_text;
    IPAddress source, address;
    int protocol = 0;
    unsigned tos = 0, dscp = 0, ttl = 250;
    bool dont_fragment = false;
    if (Args(conf, this, errh)
            .read_mp("PROTO", AnyArg(), protocol_text)
            .read_mp("SRC", source)
            .read_mp("DST", AnyArg(), destination)
            .read("TOS", tos)
            .read("DSCP", dscp)
            .read("TTL", ttl)
            .read("DF", dont_fragment)
            .complete() < 0)
        return -1;
    if (!NamedIntArg(NameInfo::T_IP_PROTO).parse(protocol_text, protocol, this) || protocol < 0 || protocol > 255)
        return errh->error("PROTO: expected a protocol name or 0 to 255");
    if (tos > 255 || dscp > 63 || ttl > 255)
        return errh->error("TOS, DSCP or TTL out of range");
    bool by_annotation = destination == "DST_ANNO";
    if (!by_annotation && !IPAddressArg().parse(destination, address, this))
        return errh->error("DST: expected IP address or DST_ANNO");
    _source = source;
    _destination = address;
    _by_annotation = by_annotation;
    _protocol = protocol;
    _tos = tos | dscp << 2;
    _ttl = ttl;
    _dont_fragment = dont_fragment;
    return 0;
}

Packet *IPEncap::simple_action(Packet *packet)
{
    // What was to be finished is payload now.
    if (packet->csum_partial() && !(packet = finish_checksum(packet)))
        return nullptr;
    IPAddress destination = _by_annotation ? packet->dst_ip_anno() : _destination;
    if (packet->length() > 65535 - sizeof(click_ip)) {
        packet->kill();
        return nullptr;
    }
    WritablePacket *result = packet->push(sizeof(click_ip));
    if (!result)
        return nullptr;
    click_ip *ip = reinterpret_cast<click_ip *>(result->data());
    memset(ip, 0, sizeof(click_ip));
    ip->ip_v = 4;
    ip->ip_hl = sizeof(click_ip) / 4;
    ip->ip_tos = _tos;
    ip->ip_len = htons(result->length());
    ip->ip_id = htons(_id++);
    ip->ip_off = _dont_fragment ? htons(IP_DF) : 0;
    ip->ip_ttl = _ttl;
    ip->ip_p = _protocol;
    ip->ip_src = _source.in_addr();
    ip->ip_dst = destination.in_addr();
    ip->ip_sum = click_in_cksum(result->data(), sizeof(click_ip));
    result->set_ip_header(ip, sizeof(click_ip));
    result->set_dst_ip_anno(destination);
    return result;
}

void IPEncap::add_handlers()
{
    add_data_handlers("src", Handler::OP_READ | Handler::OP_WRITE, &_source);
    add_data_handlers("dst", Handler::OP_READ | Handler::OP_WRITE, &_destination);
}

EXPORT_ELEMENT(IPEncap)
