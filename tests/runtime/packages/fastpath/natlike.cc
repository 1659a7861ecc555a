// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "natlike.hh"
#include <click/args.hh>
#include <click/straccum.hh>
#include <functional>
CLICK_DECLS

UntilEnd::UntilEnd() : _end(0), _batched(false), _threads(0), _last(0)
{
    in_batch_mode = BATCH_MODE_NEEDED;
}

int UntilEnd::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh).read_mp("END", _end).complete();
}

int UntilEnd::thread_configure(ThreadReconfigurationStage stage, ErrorHandler *, Bitvector threads)
{
    if (stage == THREAD_INITIALIZE)
        _threads = threads.size();
    return 0;
}

void UntilEnd::push_batch(int, PacketBatch *batch)
{
    _batched = in_batch_mode == BATCH_MODE_YES;
    auto goes_on = [this](Packet *&p) {
        _seen++;
        unsigned &last = _last.write_begin();
        last = p->length();
        _last.write_commit();
        return p->data()[0] != _end;
    };
    EXECUTE_FOR_EACH_PACKET_UNTIL_DROP(goes_on, batch);
    output_push_batch(0, batch);
}

void UntilEnd::push(int, Packet *p)
{
    push_batch(0, PacketBatch::make_from_packet(p));
}

String UntilEnd::read(Element *e, void *)
{
    UntilEnd *self = static_cast<UntilEnd *>(e);
    PER_THREAD_SUM(unsigned, seen, self->_seen);
    StringAccum sa;
    sa << "seen " << seen << ", last " << *self->_last << ", threads " << self->_threads << (self->_batched ? ", batched" : "");
    return sa.take_string();
}

void UntilEnd::add_handlers()
{
    add_read_handler("state", read, 0);
}

void Twofold::push_batch(int, PacketBatch *batch)
{
    auto twice = [](Packet *p, std::function<void(Packet *)> add) {
        Packet *copy = p->clone();
        add(p);
        if (copy)
            add(copy);
    };
    EXECUTE_FOR_EACH_PACKET_ADD(twice, batch);
    if (batch)
        output_push_batch(0, batch);
}

void Twofold::push(int, Packet *p)
{
    push_batch(0, PacketBatch::make_from_packet(p));
}

CLICK_ENDDECLS
ELEMENT_REQUIRES(batch)
EXPORT_ELEMENT(UntilEnd Twofold)
