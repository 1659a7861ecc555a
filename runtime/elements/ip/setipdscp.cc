// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "setipdscp.hh"
#include <click/args.hh>
#include <click/error.hh>

int SetIPDSCP::configure(Vector<String> &conf, ErrorHandler *errh)
{
    unsigned dscp;
    if (Args(conf, this, errh).read_mp("DSCP", dscp).complete() < 0)
        return -1;
    if (dscp > 63)
        return errh->error("DSCP: expected 0 to 63");
    _bits = dscp << 2;
    return 0;
}

void SetIPDSCP::add_handlers()
{
    add_read_handler("dscp", read_keyword_handler, "0 DSCP", Handler::CALM);
    add_write_handler("dscp", reconfigure_keyword_handler, "0 DSCP");
}

EXPORT_ELEMENT(SetIPDSCP)
