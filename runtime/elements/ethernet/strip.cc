// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "strip.hh"
#include <click/args.hh>
#include <click/error.hh>

int Strip::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_mp("LENGTH", _length).complete();
}

EXPORT_ELEMENT(Strip)
