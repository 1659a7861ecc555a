// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "checkip6mtu.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <clicknet/ip.h>
#include <clicknet/ip6.h>
#include "../ip/segments.hh"

int CheckIP6MTU::configure(Vector<String> &conf, ErrorHandler *errh)
{
    if (Args(conf, this, errh).read_mp("MTU", _mtu).complete() < 0)
        return -1;
    return _mtu >= 1280 ? 0 : errh->error("MTU: expected at least 1280, which every link must carry, found %u", _mtu);
}

// Each segment has all headers and gso_size bytes behind them.
bool CheckIP6MTU::segments_fit(const Packet *packet) const
{
    if (!is_gso(packet))
        return false;
    const unsigned bytes = unsigned(packet->network_length());
    int proto = 0;
    const unsigned at = ip6_header_length(packet->ip6_header(), bytes, proto);
    return segment_headers(packet, at, proto) + packet->offload().gso_size <= _mtu;
}

Packet *CheckIP6MTU::simple_action(Packet *packet)
{
    if (packet->network_length() <= static_cast<int>(_mtu) || segments_fit(packet))
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
