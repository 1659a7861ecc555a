// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_SLAB_HH
#define MIMI_SLAB_HH
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

// Things with numbers, from 1 on: what an index (mimi/flowindex.hh) leads to. A thing stays where it is until it is given back,
// and its number is used again then. For one thread at a time: the owner's lock.

namespace mimi {

template <class T> class Slab {
  public:
    Slab() : _fresh(1), _used(0) {}

    T &operator[](uint32_t number) { return _chunks[number >> bits][number & (chunk - 1)]; }
    const T &operator[](uint32_t number) const { return _chunks[number >> bits][number & (chunk - 1)]; }

    uint32_t take(const T &value)
    {
        uint32_t number;
        if (!_free.empty()) {
            number = _free.back();
            _free.pop_back();
        } else {
            number = _fresh++;
            if (number >> bits == _chunks.size())
                _chunks.emplace_back(new T[chunk]);
        }
        (*this)[number] = value;
        ++_used;
        return number;
    }
    void give_back(uint32_t number)
    {
        _free.push_back(number);
        --_used;
    }

    uint32_t size() const { return _used; }
    size_t bytes() const { return _chunks.size() * chunk * sizeof(T) + _free.capacity() * sizeof(uint32_t); }

  private:
    enum : uint32_t { bits = 10, chunk = 1u << bits };
    std::vector<std::unique_ptr<T[]>> _chunks;
    std::vector<uint32_t> _free;
    uint32_t _fresh;
    uint32_t _used;
};

}  // namespace mimi
#endif
