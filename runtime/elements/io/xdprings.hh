// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_XDPRINGS_HH
#define MIMI_XDPRINGS_HH
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <linux/if_xdp.h>
#include <sys/mman.h>

// A memory area that goes with its owner.
class Mapping {
  public:
    Mapping() = default;
    ~Mapping()
    {
        if (_at != MAP_FAILED)
            munmap(_at, _size);
    }
    Mapping(const Mapping &) = delete;
    Mapping &operator=(const Mapping &) = delete;

    bool map(size_t size, int flags, int fd, off_t offset)
    {
        _size = size;
        _at = mmap(nullptr, size, PROT_READ | PROT_WRITE, flags | MAP_POPULATE, fd, offset);
        return _at != MAP_FAILED;
    }
    template <typename T>
    T *at(uint64_t offset) const
    {
        return reinterpret_cast<T *>(static_cast<unsigned char *>(_at) + offset);
    }

  private:
    void *_at = MAP_FAILED;
    size_t _size = 0;
};

// One of an AF_XDP socket's rings: indices run on for ever, the slot is the index modulo the size, which is a power of two.
template <typename T>
struct XdpRing {
    Mapping memory;
    uint32_t *producer = nullptr, *consumer = nullptr;
    T *slots = nullptr;
    uint32_t mask = 0;

    bool map(int fd, off_t page, const xdp_ring_offset &offset, uint32_t size)
    {
        if (!memory.map(offset.desc + size * sizeof(T), MAP_SHARED, fd, page))
            return false;
        producer = memory.at<uint32_t>(offset.producer);
        consumer = memory.at<uint32_t>(offset.consumer);
        slots = memory.at<T>(offset.desc);
        mask = size - 1;
        return true;
    }
    static uint32_t load(uint32_t *index) { return std::atomic_ref<uint32_t>(*index).load(std::memory_order_acquire); }
    static void store(uint32_t *index, uint32_t value) { std::atomic_ref<uint32_t>(*index).store(value, std::memory_order_release); }
};

// What an AF_XDP socket and the kernel hand each other frames in: so many chunks, all of the socket's own.
struct XdpMemory {
    static constexpr unsigned chunk_bytes = 4096;

    Mapping chunks;
    XdpRing<uint64_t> free;       // chunks that the kernel may fill
    XdpRing<uint64_t> completed;  // chunks that it has sent
    XdpRing<xdp_desc> frames;     // received, or to be sent

    // `frames_ring` is XDP_RX_RING or XDP_TX_RING. False, with errno, on failure.
    bool make(int fd, uint32_t count, int frames_ring);
    unsigned char *at(uint64_t address) const { return chunks.at<unsigned char>(address); }
};

#endif
