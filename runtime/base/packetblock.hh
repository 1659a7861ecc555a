// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_PACKETBLOCK_HH
#define MIMI_PACKETBLOCK_HH
#include <click/packet.hh>
#include "packetpool.hh"
#include <atomic>
#include <cstddef>
#include <cstdint>

// Theory of operation
//
// A block is memory that was filled with many packets at once, by one read() say. Packets *borrow* their bytes from it instead
// of copying them: each has a piece of its own, so it may write there, and holds the block. Who fills blocks holds them too,
// and fills one again when it is alone() with it. Holders are counted; the last one frees the memory, in whatever thread.
//
// Counting is atomic, so it is done for many packets at once: hold(n) for a batch that is about to leave, one release(n) for
// all neighbours in a batch that is killed (PacketPool does that).
class PacketBlock {
  public:
    // Held once, by the caller. Null without memory.
    static PacketBlock *make(size_t size);

    unsigned char *bytes() { return reinterpret_cast<unsigned char *>(this + 1); }
    size_t size() const { return _size; }

    void hold(uint32_t n) { _holders.fetch_add(n, std::memory_order_relaxed); }
    void release(uint32_t n)
    {
        if (_holders.fetch_sub(n, std::memory_order_acq_rel) == n)
            free();
    }
    // True when no packet is left, and what they did to the bytes is done.
    bool alone() const { return _holders.load(std::memory_order_acquire) == 1; }

    // A packet of `length` bytes at `data`, in the piece between `head` and `end` of this block. It does not hold the block
    // yet: hold() that before anybody can kill it. Null without memory.
    WritablePacket *lend(unsigned char *head, unsigned char *data, uint32_t length, unsigned char *end)
    {
        WritablePacket *p = PacketPool::take_packet();
        if (likely(p != nullptr)) {
            p->_head = head;
            p->_data = data;
            p->_tail = data + length;
            p->_end = end;
            p->_destructor = release_piece;
            p->_destructor_argument = this;
        }
        return p;
    }

    // The destructor of lent packets.
    static void release_piece(unsigned char *, size_t, void *block);

  private:
    explicit PacketBlock(size_t size) : _size(size) {}
    ~PacketBlock() = default;
    void free();

    alignas(64) std::atomic<uint32_t> _holders{1};
    size_t _size;
};

#endif
