// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "tee.hh"
#include <click/args.hh>
#include <click/error.hh>

int Tee::configure(Vector<String> &conf, ErrorHandler *errh)
{
    int n = noutputs();
    if (Args(conf, this, errh).read_p("N", n).complete() < 0)
        return -1;
    if (n != noutputs())
        return errh->error("%d outputs implies %d arms", noutputs(), noutputs());
    return 0;
}

void Tee::push(int, Packet *packet)
{
    int last = noutputs() - 1;
    for (int i = 0; i < last; ++i)
        if (Packet *copy = packet->clone())
            output(i).push(copy);
    output(last).push(packet);
}

void Tee::push_batch(int, PacketBatch *batch)
{
    int last = noutputs() - 1;
    for (int i = 0; i < last; ++i) {
        if (PacketBatch *copies = batch->clone_batch())
            output_push_batch(i, copies);
    }
    output_push_batch(last, batch);
}

EXPORT_ELEMENT(Tee)
