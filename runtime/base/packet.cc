// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/packet.hh>
#include <click/packetbatch.hh>
#include "runtime/base/packetpool.hh"
#include <algorithm>

WritablePacket *Packet::make(uint32_t headroom, const void *data, uint32_t length, uint32_t tailroom)
{
    size_t size = std::max<size_t>(size_t{headroom} + length + tailroom, min_buffer_length);
    if (unlikely(size > 0x7FFFFFFF))
        return nullptr;
    WritablePacket *p = PacketPool::take_packet();
    if (unlikely(!p))
        return nullptr;
    p->_head = PacketPool::take_buffer(size);
    if (unlikely(!p->_head)) {
        PacketPool::give_packet(p);
        return nullptr;
    }
    p->_data = p->_head + headroom;
    p->_tail = p->_data + length;
    p->_end = p->_head + size;
    if (data)
        memcpy(p->_data, data, length);
    return p;
}

WritablePacket *Packet::make(unsigned char *data, uint32_t length, buffer_destructor_type destructor, void *argument,
                             int headroom, int tailroom)
{
    assert(destructor);
    WritablePacket *p = PacketPool::take_packet();
    if (!p)
        return nullptr;
    p->_head = data - headroom;
    p->_data = data;
    p->_tail = data + length;
    p->_end = p->_tail + tailroom;
    p->_destructor = destructor;
    p->_destructor_argument = argument;
    return p;
}

void Packet::static_cleanup()
{
    PacketPool::clear();
}

// Gives up this packet's hold on its bytes.
void Packet::release_data()
{
    if (_owner)
        _owner->kill();
    else if (_destructor)
        _destructor(_head, buffer_length(), _destructor_argument);
    else if (_head)
        PacketPool::give_buffer(_head, buffer_length());
    _owner = nullptr;
    _destructor = nullptr;
}

void Packet::kill()
{
    if (!let_go())
        return;
    release_data();
    PacketPool::give_packet(this);
}

inline void Packet::become_clone(const Packet *p, Packet *owner)
{
    _owner = owner;
    _head = p->_head;
    _data = p->_data;
    _tail = p->_tail;
    _end = p->_end;
    _mac = p->_mac;
    _nh = p->_nh;
    _h = p->_h;
    _offload = p->_offload;
    copy_annotations(p);
}

Packet *Packet::clone()
{
    WritablePacket *p = PacketPool::take_packet();
    if (!p)
        return nullptr;
    Packet *owner = _owner ? _owner : this;
    // While the caller is the only holder, nobody else can be counting.
    if (owner == this && _references.load(std::memory_order_relaxed) == 1)
        _references.store(2, std::memory_order_relaxed);
    else
        owner->_references.fetch_add(1, std::memory_order_relaxed);
    p->become_clone(this, owner);
    return p;
}

// The bytes have moved by `delta` in memory, and by `offload_shift` relative to the buffer's start.
void Packet::move_pointers(ptrdiff_t delta, int offload_shift)
{
    auto move = [delta](unsigned char *&p) {
        if (p)
            p = reinterpret_cast<unsigned char *>(reinterpret_cast<uintptr_t>(p) + static_cast<uintptr_t>(delta));
    };
    move(_data);
    move(_tail);
    move(_mac);
    move(_nh);
    move(_h);
    if (_offload.hdr_len)
        _offload.hdr_len = static_cast<uint16_t>(_offload.hdr_len + offload_shift);
    if (_offload.flags & PacketOffload::needs_checksum)
        _offload.csum_start = static_cast<uint16_t>(_offload.csum_start + offload_shift);
}

// Makes the packet the only holder of its bytes, by copying them, with what is in front of them, to a new buffer. When others
// hold this very packet (it owns the data of clones), they keep it, and a new packet takes its place.
WritablePacket *Packet::expensive_uniqueify(uint32_t extra_headroom, uint32_t extra_tailroom, bool free_on_failure)
{
    Packet *p = this;
    if (_references.load(std::memory_order_acquire) != 1) {
        p = clone();
        if (p) {
            p->_next = _next;
            p->_prev = _prev;
            p->_batch_count = _batch_count;
            kill();
        }
    }
    WritablePacket *q = p ? p->take_private_buffer(extra_headroom, extra_tailroom, free_on_failure || p != this) : nullptr;
    if (!p && free_on_failure)
        kill();
    return q;
}

WritablePacket *Packet::take_private_buffer(uint32_t extra_headroom, uint32_t extra_tailroom, bool free_on_failure)
{
    // A long tail beyond the data is not carried along, but room for small changes is.
    const size_t keep_tailroom = std::min<size_t>(tailroom(), 64);
    const size_t used = static_cast<size_t>(_tail - _head);
    size_t size = used + extra_headroom + extra_tailroom + keep_tailroom;
    unsigned char *buffer = PacketPool::take_buffer(size);
    if (!buffer) {
        if (free_on_failure)
            kill();
        return nullptr;
    }
    memcpy(buffer + extra_headroom, _head, used);
    unsigned char *old_head = _head;
    ptrdiff_t delta = static_cast<ptrdiff_t>(reinterpret_cast<uintptr_t>(buffer) + extra_headroom
                                             - reinterpret_cast<uintptr_t>(old_head));
    release_data();
    _head = buffer;
    _end = buffer + size;
    _destructor_argument = nullptr;
    move_pointers(delta, static_cast<int>(extra_headroom));
    return static_cast<WritablePacket *>(this);
}

WritablePacket *Packet::expensive_push(uint32_t n)
{
    uint32_t missing = headroom() >= n ? 0 : n - headroom();
    // Room for more than this one header.
    WritablePacket *q = expensive_uniqueify(missing ? (missing + 128 + 3) & ~3u : 0, 0, true);
    if (q)
        q->_data -= n;
    return q;
}

WritablePacket *Packet::expensive_put(uint32_t n)
{
    uint32_t missing = tailroom() >= n ? 0 : n - tailroom();
    // tailroom() may be more than what the new buffer keeps.
    WritablePacket *q = expensive_uniqueify(0, missing || n > 64 ? n + 128 : 0, true);
    if (q)
        q->_tail += n;
    return q;
}

// Headers in front of the data, which a Strip has left there, move along as far as there is room.
static unsigned char *movable_start(unsigned char *head, unsigned char *data, unsigned char *mac, unsigned char *nh)
{
    unsigned char *start = data;
    for (unsigned char *p : {mac, nh})
        if (p && p >= head && p < start)
            start = p;
    return start;
}

Packet *Packet::shift_data(int offset, bool free_on_failure)
{
    if (offset == 0)
        return this;
    const bool fits = offset < 0 ? headroom() >= static_cast<uint32_t>(-offset) : tailroom() >= static_cast<uint32_t>(offset);
    if (!fits || shared()) {
        const uint32_t extra_headroom = offset < 0 && !fits ? static_cast<uint32_t>(-offset) : 0;
        const uint32_t extra_tailroom = offset > 0 ? static_cast<uint32_t>(offset) : 0;
        WritablePacket *q = expensive_uniqueify(extra_headroom, extra_tailroom, free_on_failure);
        return q ? q->shift_data(offset, free_on_failure) : nullptr;
    }
    unsigned char *start = movable_start(_head, _data, _mac, _nh);
    if (start + offset < _head)
        start = _head - offset;
    memmove(start + offset, start, static_cast<size_t>(_tail - start));
    move_pointers(offset, offset);
    return this;
}

bool Packet::copy(const Packet *source, int headroom)
{
    assert(!shared());
    size_t size = std::max<size_t>(static_cast<size_t>(headroom) + source->length(), min_buffer_length);
    unsigned char *buffer = PacketPool::take_buffer(size);
    if (!buffer)
        return false;
    memcpy(buffer + headroom, source->_data, source->length());
    ptrdiff_t delta = static_cast<ptrdiff_t>(reinterpret_cast<uintptr_t>(buffer) + static_cast<uintptr_t>(headroom)
                                             - reinterpret_cast<uintptr_t>(source->_data));
    release_data();
    _head = buffer;
    _end = buffer + size;
    _data = source->_data;
    _tail = source->_tail;
    _mac = source->_mac;
    _nh = source->_nh;
    _h = source->_h;
    _offload = source->_offload;
    move_pointers(delta, headroom - static_cast<int>(source->headroom()));
    copy_annotations(source);
    return true;
}

// The owner of the data counts them in one step.
PacketBatch *PacketBatch::make_clones(Packet *p, unsigned n)
{
    Packet *owner = p->_owner ? p->_owner : p;
    owner->_references.fetch_add(n, std::memory_order_relaxed);
    Packet *first = nullptr, *last = nullptr;
    unsigned count = 0;
    for (; count < n; ++count) {
        WritablePacket *q = PacketPool::take_packet();
        if (!q)
            break;
        q->become_clone(p, owner);
        if (last)
            last->set_next(q);
        else
            first = q;
        last = q;
    }
    if (unlikely(count < n))
        owner->_references.fetch_sub(n - count, std::memory_order_relaxed);
    return first ? make_from_list(first, last, count) : nullptr;
}

PacketBatch *PacketBatch::clone_batch()
{
    PacketBatch *result = nullptr;
    FOR_EACH_PACKET (this, p) {
        Packet *q = p->clone();
        if (!q)
            break;
        if (result)
            result->append_packet(q);
        else
            result = make_from_packet(q);
    }
    return result;
}

void PacketBatch::kill()
{
    PacketPool::kill_list(first());
}
