// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "markmacheader.hh"
#include <click/args.hh>
#include <click/error.hh>

int MarkMACHeader::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_p("OFFSET", _offset).read_p("LENGTH", _length).complete();
}

EXPORT_ELEMENT(MarkMACHeader)
