// SPDX-License-Identifier: Apache-2.0
#include <click/packet.hh>
#include <click/packetbatch.hh>
#include <algorithm>
#include <mutex>
#include <vector>

// Theory of operation
//
// Three kinds of things are pooled: Packet structures, small buffers (an Ethernet frame and room) and large ones (a 64 KB
// segmentation-offload frame and room). Each thread keeps a stack of each kind. A stack that grows to two bundles gives
// one to the shared pool, an empty one takes a bundle from there, so the lock is touched once in many packets.
// A free thing's first word links it to the next.
class PacketPool {
  public:
    enum : size_t { small_buffer = 2048, large_buffer = 68 * 1024 };

    static WritablePacket *make_packet();
    static void free_packet(Packet *p);
    static unsigned char *make_buffer(size_t wanted, size_t &size);
    static void free_buffer(unsigned char *buffer, size_t size);
    static void cleanup();
};

namespace {

struct Link {
    Link *next;
};

struct Bundle {
    Link *head = nullptr;
    unsigned count = 0;

    void push(void *memory)
    {
        Link *link = static_cast<Link *>(memory);
        link->next = head;
        head = link;
        ++count;
    }
    void *pop()
    {
        Link *link = head;
        head = link->next;
        --count;
        return link;
    }
    void free_all()
    {
        while (head)
            ::operator delete(pop());
    }
};

// The pool that all threads share, of one kind.
struct SharedPool {
    std::mutex lock;
    std::vector<Bundle> bundles;

    ~SharedPool() { clear(); }
    void clear()
    {
        std::lock_guard<std::mutex> guard(lock);
        for (Bundle &bundle : bundles)
            bundle.free_all();
        bundles.clear();
    }
};

enum Kind { packets, small_buffers, large_buffers, kinds };
constexpr unsigned bundle_size[kinds] = {256, 256, 16};
constexpr size_t max_bundles = 64;

SharedPool &shared_pool(Kind kind)
{
    static SharedPool pools[kinds];
    return pools[kind];
}

// One thread's stacks; what is left goes to the shared pool when the thread ends.
struct ThreadPool {
    Bundle full[kinds], open[kinds];

    ThreadPool()
    {
        for (int kind = 0; kind < kinds; ++kind)
            (void) shared_pool(static_cast<Kind>(kind));  // must outlive this
    }
    ~ThreadPool() { clear(); }
    void clear()
    {
        for (int kind = 0; kind < kinds; ++kind) {
            open[kind].free_all();
            full[kind].free_all();
        }
    }

    void *pop(Kind kind, size_t size)
    {
        if (!open[kind].head)
            refill(kind);
        return open[kind].head ? open[kind].pop() : ::operator new(size, std::nothrow);
    }
    void push(Kind kind, void *memory)
    {
        if (open[kind].count == bundle_size[kind])
            spill(kind);
        open[kind].push(memory);
    }

  private:
    void refill(Kind kind)
    {
        std::swap(open[kind], full[kind]);
        if (open[kind].head)
            return;
        SharedPool &pool = shared_pool(kind);
        std::lock_guard<std::mutex> guard(pool.lock);
        if (!pool.bundles.empty()) {
            open[kind] = pool.bundles.back();
            pool.bundles.pop_back();
        }
    }
    void spill(Kind kind)
    {
        if (full[kind].head) {
            SharedPool &pool = shared_pool(kind);
            std::lock_guard<std::mutex> guard(pool.lock);
            if (pool.bundles.size() < max_bundles)
                pool.bundles.push_back(full[kind]);
            else
                full[kind].free_all();
            full[kind] = Bundle();
        }
        std::swap(open[kind], full[kind]);
    }
};

thread_local ThreadPool thread_pool;

}  // namespace

WritablePacket *PacketPool::make_packet()
{
    void *memory = thread_pool.pop(packets, sizeof(WritablePacket));
    return memory ? new (memory) WritablePacket : nullptr;
}

void PacketPool::free_packet(Packet *p)
{
    static_cast<WritablePacket *>(p)->~WritablePacket();
    thread_pool.push(packets, p);
}

unsigned char *PacketPool::make_buffer(size_t wanted, size_t &size)
{
    if (wanted <= small_buffer) {
        size = small_buffer;
        return static_cast<unsigned char *>(thread_pool.pop(small_buffers, small_buffer));
    }
    if (wanted <= large_buffer) {
        size = large_buffer;
        return static_cast<unsigned char *>(thread_pool.pop(large_buffers, large_buffer));
    }
    size = wanted;
    return static_cast<unsigned char *>(::operator new(wanted, std::nothrow));
}

void PacketPool::free_buffer(unsigned char *buffer, size_t size)
{
    if (size == small_buffer)
        thread_pool.push(small_buffers, buffer);
    else if (size == large_buffer)
        thread_pool.push(large_buffers, buffer);
    else
        ::operator delete(buffer);
}

void PacketPool::cleanup()
{
    thread_pool.clear();
    for (int kind = 0; kind < kinds; ++kind)
        shared_pool(static_cast<Kind>(kind)).clear();
}

WritablePacket *Packet::make(uint32_t headroom, const void *data, uint32_t length, uint32_t tailroom)
{
    size_t wanted = size_t{headroom} + length + tailroom, size;
    WritablePacket *p = PacketPool::make_packet();
    unsigned char *buffer = p ? PacketPool::make_buffer(std::max<size_t>(wanted, min_buffer_length), size) : nullptr;
    if (!buffer) {
        if (p)
            PacketPool::free_packet(p);
        return nullptr;
    }
    p->_head = buffer;
    p->_end = buffer + size;
    p->_data = buffer + headroom;
    p->_tail = p->_data + length;
    if (data && length)
        memcpy(p->_data, data, length);
    return p;
}

WritablePacket *Packet::make(unsigned char *data, uint32_t length, buffer_destructor_type destructor, void *argument,
                             int headroom, int tailroom)
{
    WritablePacket *p = PacketPool::make_packet();
    if (!p)
        return nullptr;
    p->_head = data - headroom;
    p->_data = data;
    p->_tail = data + length;
    p->_end = p->_tail + tailroom;
    // Memory without a destructor is the caller's to keep.
    p->_destructor = destructor ? destructor : [](unsigned char *, size_t, void *) {};
    p->_destructor_argument = argument;
    return p;
}

void Packet::static_cleanup()
{
    PacketPool::cleanup();
}

// Gives the buffer back. Only for the packet that owns its data, when nobody else refers to it.
void Packet::release_data()
{
    size_t size = static_cast<size_t>(_end - _head);
    if (_destructor)
        _destructor(_head, size, _destructor_argument);
    else
        PacketPool::free_buffer(_head, size);
    _destructor = nullptr;
}

void Packet::kill()
{
    Packet *owner = _owner;
    if (owner)
        PacketPool::free_packet(this);
    else
        owner = this;
    if (owner->_references.load(std::memory_order_acquire) != 1
        && owner->_references.fetch_sub(1, std::memory_order_acq_rel) != 1)
        return;
    // A packet killed while clones used its data stays behind for them; the last of them comes here.
    owner->release_data();
    PacketPool::free_packet(owner);
}

Packet *Packet::clone()
{
    WritablePacket *p = PacketPool::make_packet();
    if (!p)
        return nullptr;
    Packet *owner = _owner ? _owner : this;
    owner->_references.fetch_add(1, std::memory_order_relaxed);
    p->_owner = owner;
    p->_head = _head;
    p->_data = _data;
    p->_tail = _tail;
    p->_end = _end;
    p->_mac = _mac;
    p->_nh = _nh;
    p->_h = _h;
    p->_offload = _offload;
    p->copy_annotations(this);
    return p;
}

// All pointers of this packet by `delta` bytes, the offload's offsets by `offload_shift`.
void Packet::move_pointers(ptrdiff_t delta, int offload_shift)
{
    _data += delta;
    _tail += delta;
    if (_mac)
        _mac += delta;
    if (_nh)
        _nh += delta;
    if (_h)
        _h += delta;
    if (_offload.flags & PacketOffload::needs_checksum)
        _offload.csum_start = static_cast<uint16_t>(_offload.csum_start + offload_shift);
    if (_offload.hdr_len)
        _offload.hdr_len = static_cast<uint16_t>(_offload.hdr_len + offload_shift);
}

// A packet like this one in a buffer of its own with more room. This packet is gone, unless it fails and may not be freed.
WritablePacket *Packet::expensive_uniqueify(uint32_t extra_headroom, uint32_t extra_tailroom, bool free_on_failure)
{
    WritablePacket *p = take_private_buffer(extra_headroom, extra_tailroom, free_on_failure);
    return p;
}

WritablePacket *Packet::take_private_buffer(uint32_t extra_headroom, uint32_t extra_tailroom, bool free_on_failure)
{
    size_t size;
    size_t wanted = size_t{buffer_length()} + extra_headroom + extra_tailroom;
    if (buffer_length() == PacketPool::small_buffer || buffer_length() == PacketPool::large_buffer)
        wanted = size_t{headroom()} + extra_headroom + length() + extra_tailroom;  // a pooled buffer's slack is not asked for again
    unsigned char *buffer = PacketPool::make_buffer(wanted, size);
    // Others may hold on to the structure of a packet whose data they use, so it needs a new one.
    bool needs_structure = !_owner && shared();
    WritablePacket *p = buffer && needs_structure ? PacketPool::make_packet() : static_cast<WritablePacket *>(this);
    if (!buffer || !p) {
        if (buffer)
            PacketPool::free_buffer(buffer, size);
        if (free_on_failure)
            kill();
        return nullptr;
    }
    memcpy(buffer + extra_headroom, _head, static_cast<size_t>(_tail - _head));
    if (needs_structure) {
        p->_data = _data;
        p->_tail = _tail;
        p->_mac = _mac;
        p->_nh = _nh;
        p->_h = _h;
        p->_offload = _offload;
        p->_next = _next;
        p->_prev = _prev;
        p->_batch_count = _batch_count;
        p->copy_annotations(this);
    }
    p->move_pointers(buffer + extra_headroom - _head, static_cast<int>(extra_headroom));
    if (needs_structure)
        kill();
    else if (Packet *owner = _owner) {
        _owner = nullptr;
        owner->kill();
    } else
        release_data();
    p->_head = buffer;
    p->_end = buffer + size;
    return p;
}

WritablePacket *Packet::expensive_push(uint32_t n)
{
    uint32_t missing = n > headroom() ? n - headroom() : 0;
    // Who pushes once will push again.
    WritablePacket *p = expensive_uniqueify(missing ? missing + default_headroom : 0, 0, true);
    if (p)
        p->_data -= n;
    return p;
}

WritablePacket *Packet::expensive_put(uint32_t n)
{
    uint32_t missing = n > tailroom() ? n - tailroom() : 0;
    WritablePacket *p = expensive_uniqueify(0, missing ? missing + min_buffer_length : n, true);
    if (p)
        p->_tail += n;
    return p;
}

Packet *Packet::shift_data(int offset, bool free_on_failure)
{
    if (offset == 0)
        return this;
    unsigned char *start = _mac && _mac >= _head && _mac < _data ? _mac : _data;  // headers in front move along
    uint32_t room_before = static_cast<uint32_t>(start - _head);
    uint32_t more_before = offset < 0 && room_before < static_cast<uint32_t>(-offset) ? static_cast<uint32_t>(-offset) - room_before : 0;
    uint32_t more_behind = offset > 0 && tailroom() < static_cast<uint32_t>(offset) ? static_cast<uint32_t>(offset) - tailroom() : 0;
    Packet *p = this;
    if (shared() || more_before || more_behind)
        p = expensive_uniqueify(more_before, std::max(more_behind, offset > 0 ? static_cast<uint32_t>(offset) : 0), free_on_failure);
    if (!p)
        return nullptr;
    start = p->_mac && p->_mac >= p->_head && p->_mac < p->_data ? p->_mac : p->_data;
    memmove(start + offset, start, static_cast<size_t>(p->_tail - start));
    p->move_pointers(offset, offset);
    return p;
}

bool Packet::copy(const Packet *p, int headroom)
{
    size_t before = std::max<size_t>(static_cast<size_t>(std::max(headroom, 0)), p->headroom()), size;
    unsigned char *buffer = PacketPool::make_buffer(before + p->length(), size);
    if (!buffer || shared()) {
        if (buffer)
            PacketPool::free_buffer(buffer, size);
        return false;
    }
    release_data();
    memcpy(buffer + before - p->headroom(), p->_head, static_cast<size_t>(p->_tail - p->_head));
    _data = p->_data;
    _tail = p->_tail;
    _mac = p->_mac;
    _nh = p->_nh;
    _h = p->_h;
    _offload = p->_offload;
    copy_annotations(p);
    move_pointers(buffer + before - p->_data, static_cast<int>(before) - static_cast<int>(p->headroom()));
    _head = buffer;
    _end = buffer + size;
    return true;
}

PacketBatch *PacketBatch::clone_batch()
{
    PacketBatch *batch = nullptr;
    FOR_EACH_PACKET(this, p)
        if (Packet *q = p->clone()) {
            if (batch)
                batch->append_packet(q);
            else
                batch = make_from_packet(q);
        }
    return batch;
}

void PacketBatch::kill()
{
    FOR_EACH_PACKET_SAFE(this, p)
        p->kill();
}
