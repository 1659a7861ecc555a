// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "decipttl.hh"
#include <click/args.hh>
#include <click/error.hh>
#include "timetolive.hh"

int DecIPTTL::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read("ACTIVE", _active).read("MULTICAST", _multicast).complete();
}

Packet *DecIPTTL::simple_action(Packet *packet)
{
    const click_ip *ip = packet->ip_header();
    if (!_active || (!_multicast && (ntohl(ip->ip_dst.s_addr) >> 28) == 0xE))
        return packet;
    if (ip->ip_ttl <= 1) {
        ++_drops;
        checked_output_push(1, packet);
        return nullptr;
    }
    WritablePacket *writable = packet->uniqueify();
    if (!writable)
        return nullptr;
    lower_ttl(writable->ip_header());
    return writable;
}

void DecIPTTL::add_handlers()
{
    add_counter_handler(this, "drops", &_drops);
    add_data_handlers("active", Handler::OP_READ | Handler::OP_WRITE | Handler::CHECKBOX, &_active);
}

EXPORT_ELEMENT(DecIPTTL)
