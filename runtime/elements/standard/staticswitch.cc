// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "staticswitch.hh"
#include <click/args.hh>
#include <click/error.hh>

int StaticSwitch::configure(Vector<String> &conf, ErrorHandler *errh)
{
    if (Args(conf, this, errh).read_mp("OUTPUT", _output).complete() < 0)
        return -1;
    return _output < noutputs() ? 0 : errh->error("output must be < %d", noutputs());
}

EXPORT_ELEMENT(StaticSwitch)
