// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_SYNC_HH
#define CLICK_SYNC_HH
#include <click/atomic.hh>
#include <click/glue.hh>
#include <click/perthread.hh>
#include <atomic>
#include <pthread.h>
#include <shared_mutex>

// A busy lock for a few instructions. Not recursive.
class SimpleSpinlock {
  public:
    SimpleSpinlock() = default;
    SimpleSpinlock(const SimpleSpinlock &) {}
    SimpleSpinlock &operator=(const SimpleSpinlock &) { return *this; }

    void acquire()
    {
        while (!attempt())
            while (_locked.load(std::memory_order_relaxed))
                click_relax_fence();
    }
    bool attempt() { return !_locked.exchange(true, std::memory_order_acquire); }
    void release() { _locked.store(false, std::memory_order_release); }
    void lock() { acquire(); }
    bool try_lock() { return attempt(); }
    void unlock() { release(); }

  private:
    std::atomic<bool> _locked{false};
};

// A busy lock that its holder may take again.
class Spinlock {
  public:
    Spinlock() = default;
    Spinlock(const Spinlock &) {}
    Spinlock &operator=(const Spinlock &) { return *this; }

    void acquire()
    {
        if (_holder.load(std::memory_order_relaxed) != self()) {
            _lock.acquire();
            _holder.store(self(), std::memory_order_relaxed);
        }
        ++_depth;
    }
    bool attempt()
    {
        if (_holder.load(std::memory_order_relaxed) != self()) {
            if (!_lock.attempt())
                return false;
            _holder.store(self(), std::memory_order_relaxed);
        }
        ++_depth;
        return true;
    }
    void release()
    {
        if (--_depth == 0) {
            _holder.store(nullptr, std::memory_order_relaxed);
            _lock.release();
        }
    }
    void lock() { acquire(); }
    bool try_lock() { return attempt(); }
    void unlock() { release(); }
    bool nested() const { return _depth > 1; }

  private:
    SimpleSpinlock _lock;
    std::atomic<const void *> _holder{nullptr};
    int _depth = 0;

    static const void *self() { return &click_current_thread_id; }
};

// Drivers run in user space, so interrupts are no concern.
class SpinlockIRQ {
  public:
    typedef int flags_t;
    flags_t acquire()
    {
        _lock.acquire();
        return 0;
    }
    void release(flags_t) { _lock.release(); }

  private:
    Spinlock _lock;
};

class ReadWriteLock {
  public:
    ReadWriteLock() = default;
    ReadWriteLock(const ReadWriteLock &) {}
    ReadWriteLock &operator=(const ReadWriteLock &) { return *this; }

    void acquire_read() { _lock.lock_shared(); }
    bool attempt_read() { return _lock.try_lock_shared(); }
    void release_read() { _lock.unlock_shared(); }
    void acquire_write() { _lock.lock(); }
    bool attempt_write() { return _lock.try_lock(); }
    void release_write() { _lock.unlock(); }
    void read_begin() { acquire_read(); }
    void read_end() { release_read(); }
    void write_begin() { acquire_write(); }
    void write_end() { release_write(); }

  private:
    std::shared_mutex _lock;
};
typedef ReadWriteLock RWLock;

// The interface of a lock where one thread is alone.
class nolock {
  public:
    void acquire() {}
    bool attempt() { return true; }
    void release() {}
    void lock() {}
    bool try_lock() { return true; }
    void unlock() {}
    void read_begin() {}
    void read_end() {}
    void write_begin() {}
    void write_end() {}
};

template <typename L>
class click_lock_guard {
  public:
    explicit click_lock_guard(L &lock) : _lock(lock) { _lock.acquire(); }
    ~click_lock_guard() { _lock.release(); }
    click_lock_guard(const click_lock_guard &) = delete;
    click_lock_guard &operator=(const click_lock_guard &) = delete;

  private:
    L &_lock;
};

#endif
