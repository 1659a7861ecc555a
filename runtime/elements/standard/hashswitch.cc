// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "hashswitch.hh"
#include <click/args.hh>
#include <click/error.hh>

int HashSwitch::configure(Vector<String> &conf, ErrorHandler *errh)
{
    if (Args(conf, this, errh).read_mp("OFFSET", _offset).read_mp("LENGTH", _length).complete() < 0)
        return -1;
    if (_length == 0)
        return errh->error("LENGTH must be > 0");
    return 0;
}

EXPORT_ELEMENT(HashSwitch)
