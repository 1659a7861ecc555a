// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_PACKETPOOL_HH
#define MIMI_PACKETPOOL_HH
#include <click/packet.hh>
#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
# define MIMI_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
# if __has_feature(address_sanitizer)
#  define MIMI_ADDRESS_SANITIZER 1
# endif
#endif

// Theory of operation
//
// Memory for packets: Packet structures, and buffers of three sizes. Each thread keeps a list of free pieces of each kind
// and takes and gives without locks. A list that grows beyond two *bundles* gives one to the shared pool, an empty list
// takes one from there; so threads that only receive and threads that only send balance, at one lock per bundle. The
// shared pool keeps a bounded number of bundles; beyond that, memory goes back to the system.
//
// Free pieces are linked through their first word. A thread's lists go to the shared pool when the thread ends. What runs for
// every packet is here in the header; a list that runs empty or over is dealt with elsewhere.
//
// Under AddressSanitizer nothing is kept and buffers have no spare bytes: so it sees what is used after a packet's end, and
// every byte beyond a buffer.
class PacketPool {
  public:
#if MIMI_ADDRESS_SANITIZER
    static constexpr bool bypassed = true;
#else
    static constexpr bool bypassed = false;
#endif

    // Null without memory. The packet has no buffer yet, and references 1.
    static WritablePacket *take_packet()
    {
        void *memory = local().take(structures);
        return likely(memory != nullptr) ? new (memory) WritablePacket : nullptr;
    }
    static void give_packet(Packet *p) { local().give_structure(p); }
    // Kills a list of packets that ends with a null next().
    static void kill_list(Packet *first);

    // A buffer of at least `size` bytes, which becomes what there is; null without memory.
    static unsigned char *take_buffer(size_t &size)
    {
        if (bypassed)
            return static_cast<unsigned char *>(std::malloc(size));
        if (unlikely(size > kinds[small_buffers].size))
            return take_large_buffer(size);
        size = kinds[small_buffers].size;
        return static_cast<unsigned char *>(local().take(small_buffers));
    }
    // `size` as take_buffer() said.
    static void give_buffer(unsigned char *buffer, size_t size)
    {
        if (bypassed)
            std::free(buffer);
        else if (likely(size == kinds[small_buffers].size))
            local().give(small_buffers, buffer);
        else
            give_large_buffer(buffer, size);
    }

    // Frees what the calling thread's pool and the shared pool hold.
    static void clear();
    // The thread of this pool ends.
    void end();

    // A free piece, a kind of them, and which kinds there are. 2 KB holds a frame of any Ethernet without jumbo frames, 10 KB
    // those with, 68 KB what segmentation offload makes.
    struct Piece {
        Piece *next;
    };
    struct Kind {
        size_t size;
        unsigned bundle;       // pieces
        unsigned most_shared;  // bundles
    };
    enum { structures, small_buffers, jumbo_buffers, large_buffers, nkinds };
    static constexpr Kind kinds[nkinds] = {
        {(sizeof(WritablePacket) + 63) / 64 * 64, 256, 256}, {2048, 256, 256}, {10240, 32, 64}, {69632, 16, 32}};

  private:
    struct List {
        Piece *first = nullptr;
        unsigned count = 0;
    };
    List _lists[nkinds];

    // A plain pointer is the cheapest thread-local there is: no check for first use.
    static constinit thread_local PacketPool *_local __attribute__((tls_model("initial-exec")));

    static PacketPool &local() { return likely(_local != nullptr) ? *_local : make_local(); }
    static PacketPool &make_local();
    static unsigned char *take_large_buffer(size_t &size);
    static void give_large_buffer(unsigned char *buffer, size_t size);

    void *take(int kind)
    {
        if (bypassed)
            return std::aligned_alloc(64, kinds[kind].size);
        List &list = _lists[kind];
        Piece *piece = list.first;
        if (unlikely(!piece))
            return refill(kind);
        list.first = piece->next;
        --list.count;
        return piece;
    }
    void give(int kind, void *memory)
    {
        if (bypassed)
            return std::free(memory);
        List &list = _lists[kind];
        if (unlikely(list.count >= 2 * kinds[kind].bundle))
            spill(kind, kinds[kind].bundle);
        list.first = new (memory) Piece{list.first};
        ++list.count;
    }
    void give_structure(Packet *p)
    {
        static_cast<WritablePacket *>(p)->~WritablePacket();
        give(structures, p);
    }
    void *refill(int kind);
    void spill(int kind, unsigned count);
    void spill_all();
};

#endif
