// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "bandwidthshaper.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/packet.hh>

bool BandwidthShaper::parse_rate(const String &text, unsigned &rate, ErrorHandler *errh) const
{
    return BandwidthArg().parse(text, rate, Args(this, errh)) || (errh->error("RATE: expected bandwidth"), false);
}

int BandwidthShaper::cost(const Packet *packet) const
{
    return static_cast<int>(packet->length());
}

EXPORT_ELEMENT(BandwidthShaper)
