// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "simplequeue.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/master.hh>
#include <click/router.hh>
#include <algorithm>
#include <cstring>

SimpleQueue::~SimpleQueue()
{
    SimpleQueue::cleanup(CLEANUP_MANUAL);
}

void *SimpleQueue::cast(const char *name)
{
    if (strcmp(name, "Storage") == 0)
        return static_cast<Storage *>(this);
    if (strcmp(name, "SimpleQueue") == 0)
        return static_cast<SimpleQueue *>(this);
    return BatchElement::cast(name);
}

int SimpleQueue::configure(Vector<String> &conf, ErrorHandler *errh)
{
    unsigned capacity = 1000;
    if (Args(conf, this, errh).read_p("CAPACITY", capacity).complete() < 0)
        return -1;
    if (capacity > 0x3FFFFFFF)
        return errh->error("CAPACITY: too large");
    set_capacity(capacity);
    return 0;
}

int SimpleQueue::live_reconfigure(Vector<String> &conf, ErrorHandler *errh)
{
    index_type old = _capacity;
    if (SimpleQueue::configure(conf, errh) < 0)
        return -1;
    index_type wanted = _capacity;
    _capacity = old;
    bool was_full = is_full();
    resize(wanted);
    if (was_full && !is_full())
        pulled(true, empty());
    else if (!was_full && is_full())
        pushed(true);
    return 0;
}

int SimpleQueue::initialize(ErrorHandler *errh)
{
    (void)errh;
    _ring.assign(_capacity + 1, nullptr);
    _take_turns = master()->nthreads() > 1;
    return 0;
}

// Not for use beside running pushers and pullers of other threads.
void SimpleQueue::resize(index_type capacity)
{
    if (_ring.empty()) {
        set_capacity(capacity);
        return;
    }
    std::vector<Packet *> ring(capacity + 1, nullptr);
    index_type n = 0;
    for (index_type i = head(); i != tail(); i = next_i(i)) {
        if (n < capacity)
            ring[n++] = _ring[i];
        else
            overflow(_ring[i]);
    }
    _ring.swap(ring);
    set_capacity(capacity);
    set_head(0);
    set_tail(n);
}

void SimpleQueue::take_state(Element *old_element, ErrorHandler *errh)
{
    SimpleQueue *old = static_cast<SimpleQueue *>(old_element->cast("SimpleQueue"));
    if (!old)
        return;
    int lost = 0;
    while (Packet *packet = old->SimpleQueue::pull(0)) {
        index_type t = tail();
        if (full(head(), t)) {
            packet->kill();
            ++lost;
            continue;
        }
        _ring[t] = packet;
        set_tail(next_i(t));
    }
    if (lost)
        errh->warning("lost %d packets (old length %d, new capacity %d)", lost, lost + size(), capacity());
    if (!empty())
        pushed(is_full());
}

void SimpleQueue::cleanup(CleanupStage)
{
    if (!_ring.empty())
        for (index_type i = head(); i != tail(); i = next_i(i))
            _ring[i]->kill();
    set_head(0);
    set_tail(0);
    _ring.clear();
}

void SimpleQueue::overflow(Packet *packet)
{
    if (_drops.fetch_add(1, std::memory_order_relaxed) == 0 && noutputs() < 2)
        click_chatter("%s: overflow", declaration().c_str());
    checked_output_push(1, packet);
}

Packet *SimpleQueue::take_front()
{
    index_type h = head();
    Packet *packet = _ring[h];
    set_head(next_i(h));
    return packet;
}

Packet *SimpleQueue::take_back()
{
    index_type t = prev_i(tail());
    set_tail(t);
    return _ring[t];
}

void SimpleQueue::put_front(Packet *packet)
{
    index_type h = prev_i(head()), t = tail();
    _ring[h] = packet;
    set_head(h);
    note_length(size(h, t));
    pushed(full(h, t));
}

bool SimpleQueue::enq(Packet *packet)
{
    if (is_full()) {
        ++_drops;
        packet->kill();
        return false;
    }
    index_type t = tail();
    _ring[t] = packet;
    set_tail(next_i(t));
    note_length(size());
    return true;
}

void SimpleQueue::push(int port, Packet *packet)
{
    SimpleQueue::push_batch(port, PacketBatch::make_from_packet(packet));
}

void SimpleQueue::push_batch(int, PacketBatch *batch)
{
    PacketBatch *rest = nullptr;
    unsigned room = 0;
    if (_take_turns)
        _pushers.acquire();
    index_type t = tail(), h = head();
    FOR_EACH_PACKET_SAFE(batch, packet) {
        if (full(h, t) && full(h = head(), t)) {
            rest = PacketBatch::make_from_list(packet, batch->tail(), batch->count() - room);
            break;
        }
        packet->set_next(nullptr);
        _ring[t] = packet;
        t = next_i(t);
        ++room;
    }
    set_tail(t);
    note_length(size(h, t));
    if (_take_turns)
        _pushers.release();
    pushed(full(h, t));
    if (rest)
        FOR_EACH_PACKET_SAFE(rest, packet) {
            packet->set_next(nullptr);
            overflow(packet);
        }
}

Packet *SimpleQueue::pull(int)
{
    index_type h = head(), t = tail();
    if (h == t) {
        pulled(false, true);
        return nullptr;
    }
    bool was_full = full(h, t);
    Packet *packet = _ring[h];
    set_head(next_i(h));
    if (was_full)
        pulled(true, false);
    return packet;
}

PacketBatch *SimpleQueue::pull_batch(int, unsigned max)
{
    index_type h = head(), t = tail();
    if (h == t) {
        pulled(false, true);
        return nullptr;
    }
    if (max == 0)
        return nullptr;
    bool was_full = full(h, t);
    PacketBatch *batch = PacketBatch::make_from_packet(_ring[h]);
    h = next_i(h);
    for (unsigned n = 1; n < max && h != t; ++n, h = next_i(h))
        batch->append_packet(_ring[h]);
    set_head(h);
    if (was_full)
        pulled(true, false);
    return batch;
}

String SimpleQueue::read_handler(Element *element, void *user_data)
{
    SimpleQueue *q = static_cast<SimpleQueue *>(element);
    switch (reinterpret_cast<intptr_t>(user_data)) {
    case h_length:
        return String(q->size());
    case h_highwater:
        return String(q->_highwater);
    case h_capacity:
        return String(q->capacity());
    default:
        return String(q->_drops.load());
    }
}

int SimpleQueue::write_handler(const String &, Element *element, void *user_data, ErrorHandler *)
{
    SimpleQueue *q = static_cast<SimpleQueue *>(element);
    if (reinterpret_cast<intptr_t>(user_data) == h_reset_counts) {
        q->_drops = 0;
        q->_highwater = q->size();
        return 0;
    }
    while (Packet *packet = q->pull(0))
        q->checked_output_push(1, packet);
    return 0;
}

void SimpleQueue::add_handlers()
{
    add_read_handler("length", read_handler, h_length);
    add_read_handler("highwater_length", read_handler, h_highwater);
    add_read_handler("capacity", read_handler, h_capacity, Handler::CALM);
    add_write_handler("capacity", reconfigure_keyword_handler, "0 CAPACITY");
    add_read_handler("drops", read_handler, h_drops);
    add_write_handler("reset_counts", write_handler, h_reset_counts, Handler::BUTTON | Handler::NONEXCLUSIVE);
    add_write_handler("reset", write_handler, h_reset, Handler::BUTTON);
}

EXPORT_ELEMENT(SimpleQueue)
