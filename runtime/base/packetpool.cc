// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/base/packetpool.hh"
#include "runtime/base/packetblock.hh"
#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>

namespace {

typedef PacketPool::Piece Piece;

struct Bundle {
    Piece *first;
    unsigned count;
};

constexpr auto &kinds = PacketPool::kinds;
constexpr int nkinds = PacketPool::nkinds;

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

// Hands the pool back when the thread ends.
struct PoolOwner {
    PacketPool *pool = nullptr;
    ~PoolOwner()
    {
        if (pool)
            pool->end();
    }
};
thread_local PoolOwner owner;

}  // namespace

constinit thread_local PacketPool *PacketPool::_local = nullptr;

PacketPool &PacketPool::make_local()
{
    _local = new PacketPool;
    // Packets killed after the thread's end began would make another pool; that one stays.
    if (!owner.pool)
        owner.pool = _local;
    return *_local;
}

void PacketPool::end()
{
    spill_all();
    _local = nullptr;
    delete this;
}

void *PacketPool::refill(int kind)
{
    Bundle bundle;
    // Pieces begin with a cache line; what the allocator puts between them spreads buffers over the sets of the cache.
    if (!SharedPool::get().take(kind, bundle))
        return std::aligned_alloc(64, kinds[kind].size);
    _lists[kind] = {bundle.first->next, bundle.count - 1};
    return bundle.first;
}

void PacketPool::spill(int kind, unsigned count)
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

void PacketPool::spill_all()
{
    for (int kind = 0; kind < nkinds; ++kind)
        if (_lists[kind].count)
            spill(kind, _lists[kind].count);
}

unsigned char *PacketPool::take_large_buffer(size_t &size)
{
    for (int kind = small_buffers; kind < nkinds; ++kind)
        if (size <= kinds[kind].size) {
            size = kinds[kind].size;
            return static_cast<unsigned char *>(local().take(kind));
        }
    return static_cast<unsigned char *>(std::malloc(size));
}

void PacketPool::give_large_buffer(unsigned char *buffer, size_t size)
{
    // Buffers beyond the largest kind have sizes of their own.
    for (int kind = small_buffers; kind < nkinds; ++kind)
        if (size == kinds[kind].size) {
            local().give(kind, buffer);
            return;
        }
    std::free(buffer);
}

namespace {

// Counts how often the same thing is let go of in a row, so that it hears of it once.
template <typename T, typename F>
class Run {
  public:
    explicit Run(F end) : _end(end) {}
    ~Run() { next(nullptr); }
    Run(const Run &) = delete;
    Run &operator=(const Run &) = delete;

    void add(T *thing)
    {
        if (thing != _thing)
            next(thing);
        ++_count;
    }

  private:
    F _end;
    T *_thing = nullptr;
    uint32_t _count = 0;

    void next(T *thing)
    {
        if (_thing)
            _end(_thing, _count);
        _thing = thing;
        _count = 0;
    }
};

}  // namespace

// Pieces of one block follow one another, and so do clones of one packet.
void PacketPool::kill_list(Packet *first)
{
    PacketPool &pool = local();
    auto release_block = [](PacketBlock *block, uint32_t n) { block->release(n); };
    auto release_owner = [](Packet *owner, uint32_t n) {
        if (owner->let_go(n)) {
            owner->release_data();
            give_packet(owner);
        }
    };
    Run<PacketBlock, decltype(release_block)> blocks(release_block);
    Run<Packet, decltype(release_owner)> owners(release_owner);
    for (Packet *p = first, *next; p; p = next) {
        next = p->_next;
        if (!p->let_go())
            continue;
        if (p->_owner)
            owners.add(p->_owner);
        else if (p->_destructor == PacketBlock::release_piece)
            blocks.add(static_cast<PacketBlock *>(p->_destructor_argument));
        else
            p->release_data();
        pool.give_structure(p);
    }
}

void PacketPool::clear()
{
    local().spill_all();
    SharedPool::get().clear();
}
