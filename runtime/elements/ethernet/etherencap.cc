// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "etherencap.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/etheraddress.hh>
#include <cstring>

int EtherEncap::configure(Vector<String> &conf, ErrorHandler *errh)
{
    uint16_t type;
    EtherAddress source, destination;
    if (Args(conf, this, errh)
            .read_mp("ETHERTYPE", type)
            .read_mp("SRC", source)
            .read_mp("DST", destination)
            .complete() < 0)
        return -1;
    _header.ether_type = htons(type);
    memcpy(_header.ether_shost, source.data(), 6);
    memcpy(_header.ether_dhost, destination.data(), 6);
    return 0;
}

Packet *EtherEncap::simple_action(Packet *packet)
{
    WritablePacket *result = packet->push_mac_header(sizeof(_header));
    if (result)
        memcpy(result->data(), &_header, sizeof(_header));
    return result;
}

void EtherEncap::add_handlers()
{
    add_data_handlers("src", Handler::OP_READ | Handler::OP_WRITE, reinterpret_cast<EtherAddress *>(_header.ether_shost));
    add_data_handlers("dst", Handler::OP_READ | Handler::OP_WRITE, reinterpret_cast<EtherAddress *>(_header.ether_dhost));
    add_net_order_data_handlers("ethertype", Handler::OP_READ | Handler::OP_WRITE, &_header.ether_type);
}

EXPORT_ELEMENT(EtherEncap)
