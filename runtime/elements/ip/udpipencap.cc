// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "udpipencap.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/glue.hh>
#include <clicknet/ip.h>
#include <clicknet/udp.h>
#include <cstring>
#include "finishchecksum.hh"
#include "transportchecksum.hh"

int UDPIPEncap::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String destination;
    IPAddress source;
    uint16_t sport, dport;
    bool checksum = true;
    if (Args(conf, this, errh)
            .read_mp("SRC", source)
            .read_mp("SPORT", IPPortArg(IP_PROTO_UDP), sport)
            .read_mp("DST", AnyArg(), destination)
            .read_mp("DPORT", IPPortArg(IP_PROTO_UDP), dport)
            .read_p("CHECKSUM", checksum)
            .complete() < 0)
        return -1;
    IPAddress address;
    bool by_annotation = destination == "DST_ANNO";
    if (!by_annotation && !IPAddressArg().parse(destination, address, this))
        return errh->error("DST: expected IP address or DST_ANNO");
    _source = source;
    _destination = address;
    _by_annotation = by_annotation;
    _source_port = htons(sport);
    _destination_port = htons(dport);
    _checksum = checksum;
    return 0;
}

Packet *UDPIPEncap::simple_action(Packet *packet)
{
    // What was to be finished is payload now.
    if (packet->csum_partial() && !(packet = finish_checksum(packet)))
        return nullptr;
    IPAddress destination = _by_annotation ? packet->dst_ip_anno() : _destination;
    unsigned payload = packet->length();
    if (payload > 65535 - sizeof(click_ip) - sizeof(click_udp)) {
        packet->kill();
        return nullptr;
    }
    WritablePacket *result = packet->push(sizeof(click_ip) + sizeof(click_udp));
    if (!result)
        return nullptr;
    click_ip *ip = reinterpret_cast<click_ip *>(result->data());
    memset(ip, 0, sizeof(click_ip));
    ip->ip_v = 4;
    ip->ip_hl = sizeof(click_ip) / 4;
    ip->ip_len = htons(result->length());
    ip->ip_id = htons(_id++);
    ip->ip_ttl = 250;
    ip->ip_p = IP_PROTO_UDP;
    ip->ip_src = _source.in_addr();
    ip->ip_dst = destination.in_addr();
    ip->ip_sum = click_in_cksum(result->data(), sizeof(click_ip));
    result->set_ip_header(ip, sizeof(click_ip));
    result->set_dst_ip_anno(destination);
    click_udp *udp = result->udp_header();
    udp->uh_sport = _source_port;
    udp->uh_dport = _destination_port;
    udp->uh_ulen = htons(payload + sizeof(click_udp));
    udp->uh_sum = 0;
    if (_checksum)
        set_transport_checksum(result, &udp->uh_sum, payload + sizeof(click_udp));
    return result;
}

void UDPIPEncap::add_handlers()
{
    add_data_handlers("src", Handler::OP_READ | Handler::OP_WRITE, &_source);
    add_data_handlers("dst", Handler::OP_READ | Handler::OP_WRITE, &_destination);
    add_net_order_data_handlers("sport", Handler::OP_READ | Handler::OP_WRITE, &_source_port);
    add_net_order_data_handlers("dport", Handler::OP_READ | Handler::OP_WRITE, &_destination_port);
}

EXPORT_ELEMENT(UDPIPEncap)
