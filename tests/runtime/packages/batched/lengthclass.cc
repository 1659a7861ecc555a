// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "lengthclass.hh"
#include <click/args.hh>
CLICK_DECLS

int FirstByte::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_mp("BYTE", _byte).complete();
}

Packet *FirstByte::simple_action(Packet *p)
{
    if (p->length() == 0) {
        p->kill();
        return 0;
    }
    WritablePacket *q = p->uniqueify();
    if (q)
        q->data()[0] = _byte;
    return q;
}

PacketBatch *Reverse::simple_action_batch(PacketBatch *batch)
{
    Packet *head = 0, *last = batch->first();
    unsigned count = batch->count();
    FOR_EACH_PACKET_SAFE(batch, p) {
        p->set_next(head);
        head = p;
    }
    return PacketBatch::make_from_simple_list(head, last, count);
}

CLICK_ENDDECLS
ELEMENT_REQUIRES(batch)
EXPORT_ELEMENT(LengthClass FirstByte-FirstByte)
EXPORT_ELEMENT(Reverse)
