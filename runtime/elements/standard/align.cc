// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "align.hh"
#include <click/args.hh>
#include <click/error.hh>

int Align::configure(Vector<String> &conf, ErrorHandler *errh)
{
    unsigned modulus, offset;
    if (Args(conf, this, errh).read_mp("MODULUS", modulus).read_mp("OFFSET", offset).complete() < 0)
        return -1;
    if (modulus == 0 || offset >= modulus)
        return errh->error("OFFSET must be less than MODULUS");
    return 0;
}

EXPORT_ELEMENT(Align)
