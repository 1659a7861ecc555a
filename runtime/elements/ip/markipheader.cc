// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "markipheader.hh"
#include <click/args.hh>
#include <click/error.hh>

int MarkIPHeader::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_p("OFFSET", _offset).complete();
}

EXPORT_ELEMENT(MarkIPHeader)
