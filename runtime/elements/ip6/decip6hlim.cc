// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "decip6hlim.hh"
#include <click/args.hh>
#include <clicknet/ip6.h>

int DecIP6HLIM::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read("ACTIVE", _active).complete();
}

Packet *DecIP6HLIM::simple_action(Packet *packet)
{
    if (!_active)
        return packet;
    if (packet->ip6_header()->ip6_hlim <= 1) {
        ++_drops;
        checked_output_push(1, packet);
        return nullptr;
    }
    WritablePacket *writable = packet->uniqueify();
    if (writable)
        --writable->ip6_header()->ip6_hlim;
    return writable;
}

void DecIP6HLIM::add_handlers()
{
    add_counter_handler(this, "drops", &_drops);
    add_data_handlers("active", Handler::OP_READ | Handler::OP_WRITE | Handler::CHECKBOX, &_active);
}

EXPORT_ELEMENT(DecIP6HLIM)
