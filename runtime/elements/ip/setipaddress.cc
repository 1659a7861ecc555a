// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "setipaddress.hh"
#include <click/args.hh>
#include <click/error.hh>

int SetIPAddress::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_mp("IPADDR", _address).read("ANNO", AnnoArg(4), _anno).complete();
}

EXPORT_ELEMENT(SetIPAddress)
