// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ratelimit.hh"
#include <click/args.hh>
#include <click/error.hh>

void RateLimit::read(Args &args)
{
    if (_unit == bytes)
        args.read_mp("RATE", BandwidthArg(), _rate).read("BURST_BYTES", _burst);
    else
        args.read_mp("RATE", _rate).read("BURST_SIZE", _burst);
    args.read("BURST_DURATION", _burst_duration);
}

bool RateLimit::parse_rate(const String &text, uint32_t &rate, const Element *context, ErrorHandler *errh) const
{
    bool good = _unit == bytes ? BandwidthArg().parse(text, rate, Args(context, errh)) : IntArg().parse(text, rate);
    if (!good)
        errh->error(_unit == bytes ? "expected bandwidth" : "expected integer");
    return good;
}

// The bucket makes late wake-ups good, not long pauses.
void RateLimit::set_rate(uint32_t rate)
{
    _rate = rate;
    _tokens.assign(rate, _burst ? _burst : rate * _burst_duration.doubleval());
}
