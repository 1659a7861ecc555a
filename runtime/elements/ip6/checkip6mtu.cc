// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "checkip6mtu.hh"
#include <click/args.hh>
#include <click/error.hh>

int CheckIP6MTU::configure(Vector<String> &conf, ErrorHandler *errh)
{
    if (Args(conf, this, errh).read_mp("MTU", _mtu).complete() < 0)
        return -1;
    return _mtu >= 1280 ? 0 : errh->error("MTU: expected at least 1280, which every link must carry, found %u", _mtu);
}

Packet *CheckIP6MTU::simple_action(Packet *packet)
{
    if (packet->network_length() <= static_cast<int>(_mtu) || packet->offload().gso_type != 0)
        return packet;
    ++_drops;
    checked_output_push(1, packet);
    return nullptr;
}

void CheckIP6MTU::add_handlers()
{
    add_counter_handler(this, "drops", &_drops);
}

EXPORT_ELEMENT(CheckIP6MTU)
