// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_STORAGE_HH
#define CLICK_STORAGE_HH
#include <click/config.h>
#include <atomic>
#include <cstdint>

// The head and tail of a ring of packets, as queues share them. One thread moves the head and one the tail without
// locks: an index is published after the slot it covers. One slot stays free so that full and empty differ.
class Storage {
  public:
    typedef uint32_t index_type;
    typedef int32_t signed_index_type;
    static constexpr index_type invalid_index = static_cast<index_type>(-1);

    operator bool() const { return !empty(); }
    bool empty() const { return head() == tail(); }
    int size() const { return size(head(), tail()); }
    int size(index_type head, index_type tail) const
    {
        signed_index_type count = static_cast<signed_index_type>(tail - head);
        return count >= 0 ? count : count + static_cast<signed_index_type>(_capacity) + 1;
    }
    int capacity() const { return static_cast<int>(_capacity); }
    void set_capacity(index_type capacity) { _capacity = capacity; }

    index_type head() const { return _head.load(std::memory_order_acquire); }
    index_type tail() const { return _tail.load(std::memory_order_acquire); }
    index_type next_i(index_type i) const { return i != _capacity ? i + 1 : 0; }
    index_type prev_i(index_type i) const { return i != 0 ? i - 1 : _capacity; }

    void set_head(index_type head) { _head.store(head, std::memory_order_release); }
    void set_tail(index_type tail) { _tail.store(tail, std::memory_order_release); }
    void set_head_acquire(index_type head) { set_head(head); }
    void set_tail_acquire(index_type tail) { set_tail(tail); }
    void set_head_release(index_type head) { set_head(head); }
    void set_tail_release(index_type tail) { set_tail(tail); }

  protected:
    index_type _capacity = 0;

  private:
    alignas(64) std::atomic<index_type> _head{0};
    alignas(64) std::atomic<index_type> _tail{0};
};

#endif
