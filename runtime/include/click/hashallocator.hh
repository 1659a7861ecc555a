// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_HASHALLOCATOR_HH
#define CLICK_HASHALLOCATOR_HH
#include <click/config.h>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

// Hands out pieces of memory of one size, cut from chunks that double in size. A freed piece is the next one given out;
// the chunks live as long as the allocator. Not for several threads at once.
class HashAllocator {
  public:
    explicit HashAllocator(size_t size) : _size(round_up(size)) {}
    HashAllocator(const HashAllocator &) = delete;
    HashAllocator &operator=(const HashAllocator &) = delete;

    // Only while nothing is allocated.
    void increase_size(size_t size)
    {
        if (round_up(size) > _size)
            _size = round_up(size);
    }
    void *allocate()
    {
        if (!_free && _next == _end)
            add_chunk();
        if (Piece *p = _free) {
            _free = p->next;
            return p;
        }
        void *p = _next;
        _next += _size;
        return p;
    }
    void deallocate(void *memory)
    {
        if (memory)
            _free = new (memory) Piece{_free};
    }
    void swap(HashAllocator &other) noexcept
    {
        std::swap(_size, other._size);
        std::swap(_free, other._free);
        std::swap(_next, other._next);
        std::swap(_end, other._end);
        std::swap(_chunk_pieces, other._chunk_pieces);
        _chunks.swap(other._chunks);
    }

  private:
    struct Piece {
        Piece *next;
    };
    size_t _size;
    Piece *_free = nullptr;
    std::byte *_next = nullptr;
    std::byte *_end = nullptr;
    size_t _chunk_pieces = 16;
    std::vector<std::unique_ptr<std::byte[]>> _chunks;

    static constexpr size_t round_up(size_t size)
    {
        const size_t unit = alignof(std::max_align_t);
        return ((size < sizeof(Piece) ? sizeof(Piece) : size) + unit - 1) / unit * unit;
    }
    void add_chunk()
    {
        _chunks.push_back(std::make_unique<std::byte[]>(_chunk_pieces * _size));
        _next = _chunks.back().get();
        _end = _next + _chunk_pieces * _size;
        if (_chunk_pieces * _size < 1 << 20)
            _chunk_pieces *= 2;
    }
};

template <size_t SIZE>
class SizedHashAllocator : public HashAllocator {
  public:
    SizedHashAllocator() : HashAllocator(SIZE) {}
};

#endif
