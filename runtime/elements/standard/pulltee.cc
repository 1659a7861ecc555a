// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "pulltee.hh"
#include <click/args.hh>
#include <click/error.hh>

int PullTee::configure(Vector<String> &conf, ErrorHandler *errh)
{
    int n = noutputs();
    if (Args(conf, this, errh).read_p("N", n).complete() < 0)
        return -1;
    if (n != noutputs())
        return errh->error("%d outputs implies %d arms", noutputs(), noutputs());
    return 0;
}

Packet *PullTee::pull(int)
{
    Packet *packet = input(0).pull();
    for (int i = 1; packet && i < noutputs(); ++i)
        if (Packet *copy = packet->clone())
            output(i).push(copy);
    return packet;
}

EXPORT_ELEMENT(PullTee)
