// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "settimestamp.hh"
#include <click/args.hh>
#include <click/error.hh>

int SetTimestamp::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh)
        .read_p("TIMESTAMP", _time).read_status(_given)
        .read("FIRST", _first)
        .complete();
}

EXPORT_ELEMENT(SetTimestamp)
