// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/base/packetpool.hh"
#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>

namespace {

struct Piece {
    Piece *next;
};

struct Bundle {
    Piece *first;
    unsigned count;
};

struct Kind {
    size_t size;
    unsigned bundle;       // pieces
    unsigned most_shared;  // bundles
};

// 2 KB holds a frame of any Ethernet without jumbo frames, 10 KB those with, 68 KB what segmentation offload makes.
enum { structures, small_buffers, jumbo_buffers, large_buffers, nkinds };
constexpr Kind kinds[nkinds] = {{sizeof(WritablePacket), 256, 256}, {2048, 256, 256}, {10240, 32, 64}, {69632, 16, 32}};

// What all threads share. Never destroyed: threads may outlive static objects.
class SharedPool {
  public:
    static SharedPool &get()
    {
        static SharedPool *pool = new SharedPool;
        return *pool;
    }
    bool take(int kind, Bundle &bundle)
    {
        std::lock_guard guard(_lock);
        if (_bundles[kind].empty())
            return false;
        bundle = _bundles[kind].back();
        _bundles[kind].pop_back();
        return true;
    }
    void give(int kind, const Bundle &bundle)
    {
        {
            std::lock_guard guard(_lock);
            if (_bundles[kind].size() < kinds[kind].most_shared) {
                _bundles[kind].push_back(bundle);
                return;
            }
        }
        free_all(bundle);
    }
    void clear()
    {
        for (int kind = 0; kind < nkinds; ++kind)
            for (Bundle bundle; take(kind, bundle);)
                free_all(bundle);
    }

  private:
    std::mutex _lock;
    std::vector<Bundle> _bundles[nkinds];

    static void free_all(Bundle bundle)
    {
        while (Piece *piece = bundle.first) {
            bundle.first = piece->next;
            std::free(piece);
        }
    }
};

// The free pieces of one thread.
class LocalPool {
  public:
    void *take(int kind)
    {
        List &list = _lists[kind];
        if (unlikely(!list.first) && !refill(kind))
            return std::malloc(kinds[kind].size);
        Piece *piece = list.first;
        list.first = piece->next;
        --list.count;
        return piece;
    }
    void give(int kind, void *memory)
    {
        List &list = _lists[kind];
        if (unlikely(list.count >= 2 * kinds[kind].bundle))
            spill(kind, kinds[kind].bundle);
        list.first = new (memory) Piece{list.first};
        ++list.count;
    }
    void spill_all()
    {
        for (int kind = 0; kind < nkinds; ++kind)
            if (_lists[kind].count)
                spill(kind, _lists[kind].count);
    }

  private:
    struct List {
        Piece *first = nullptr;
        unsigned count = 0;
    };
    List _lists[nkinds];

    bool refill(int kind)
    {
        Bundle bundle;
        if (!SharedPool::get().take(kind, bundle))
            return false;
        _lists[kind] = {bundle.first, bundle.count};
        return true;
    }
    void spill(int kind, unsigned count)
    {
        List &list = _lists[kind];
        Bundle bundle{list.first, count};
        Piece *last = list.first;
        for (unsigned i = 1; i < count; ++i)
            last = last->next;
        list.first = last->next;
        list.count -= count;
        last->next = nullptr;
        SharedPool::get().give(kind, bundle);
    }
};

// Hands the pool back when the thread ends.
struct LocalPoolOwner {
    LocalPool *pool = nullptr;
    ~LocalPoolOwner();
};
thread_local LocalPoolOwner owner;
// A plain pointer is the cheapest thread-local there is: no check for first use.
thread_local LocalPool *local __attribute__((tls_model("initial-exec"))) = nullptr;

LocalPoolOwner::~LocalPoolOwner()
{
    if (!pool)
        return;
    pool->spill_all();
    local = nullptr;
    delete pool;
}

__attribute__((noinline)) LocalPool &make_local_pool()
{
    local = new LocalPool;
    // Packets killed after the thread's end began would make another pool; that one stays.
    if (!owner.pool)
        owner.pool = local;
    return *local;
}

inline LocalPool &local_pool()
{
    return likely(local != nullptr) ? *local : make_local_pool();
}

int kind_for(size_t size)
{
    for (int kind = small_buffers; kind < nkinds; ++kind)
        if (size <= kinds[kind].size)
            return kind;
    return -1;
}

}  // namespace

WritablePacket *PacketPool::take_packet()
{
    void *memory = local_pool().take(structures);
    return likely(memory != nullptr) ? new (memory) WritablePacket : nullptr;
}

void PacketPool::dispose(Packet *p)
{
    static_cast<WritablePacket *>(p)->~WritablePacket();
}

void PacketPool::give_packet(Packet *p)
{
    dispose(p);
    local_pool().give(structures, p);
}

unsigned char *PacketPool::take_buffer(size_t &size)
{
    int kind = kind_for(size);
    if (unlikely(kind < 0))
        return static_cast<unsigned char *>(std::malloc(size));
    size = kinds[kind].size;
    return static_cast<unsigned char *>(local_pool().take(kind));
}

void PacketPool::give_buffer(unsigned char *buffer, size_t size)
{
    // Buffers beyond the largest kind have sizes of their own.
    for (int kind = small_buffers; kind < nkinds; ++kind)
        if (size == kinds[kind].size) {
            local_pool().give(kind, buffer);
            return;
        }
    std::free(buffer);
}

void PacketPool::clear()
{
    local_pool().spill_all();
    SharedPool::get().clear();
}
