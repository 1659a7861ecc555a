// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "tally.hh"
#include <click/args.hh>
CLICK_DECLS

int Tally::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_p("LENGTH", _length).complete();
}

inline Tally::Counts &Tally::counts()
{
#if HAVE_BATCH
    return *_counts;
#else
    return _one;
#endif
}

inline Packet *Tally::judge(Packet *p)
{
    ++counts().packets;
    if (p->length() >= _length)
        return p;
    p->kill();
    return 0;
}

Packet *Tally::simple_action(Packet *p)
{
    return judge(p);
}

#if HAVE_BATCH
PacketBatch *Tally::simple_action_batch(PacketBatch *batch)
{
    Counts &mine = counts();
    ++mine.batches;
    if (batch->count() > mine.largest)
        mine.largest = batch->count();
    EXECUTE_FOR_EACH_PACKET_DROPPABLE(judge, batch, [](Packet *) {});
    return batch;
}
#endif

enum { h_packets, h_batches };

String Tally::read(Element *e, void *thunk)
{
    Tally *self = static_cast<Tally *>(e);
#if HAVE_BATCH
    PER_THREAD_MEMBER_SUM(uint64_t, packets, self->_counts, packets);
    PER_THREAD_MEMBER_SUM(uint64_t, batches, self->_counts, batches);
#else
    uint64_t packets = self->_one.packets, batches = self->_one.batches;
#endif
    return String(reinterpret_cast<intptr_t>(thunk) == h_packets ? packets : batches);
}

void Tally::add_handlers()
{
    add_read_handler("packets", read, h_packets);
    add_read_handler("batches", read, h_batches);
}

CLICK_ENDDECLS
EXPORT_ELEMENT(Tally)
ELEMENT_MT_SAFE(Tally)
