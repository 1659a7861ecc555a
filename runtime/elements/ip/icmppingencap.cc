// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "icmppingencap.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <clicknet/icmp.h>

int ICMPPingEncap::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String destination;
    IPAddress source;
    uint16_t identifier = 0;
    if (Args(conf, this, errh)
            .read_mp("SRC", source)
            .read_mp("DST", AnyArg(), destination)
            .read("IDENTIFIER", identifier)
            .complete() < 0
        || set_destination(destination, errh) < 0)
        return -1;
    _source = source;
    _identifier = identifier;
    _type = ICMP_ECHO;
    return 0;
}

EXPORT_ELEMENT(ICMPPingEncap)
