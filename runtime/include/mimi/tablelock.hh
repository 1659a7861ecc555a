// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_TABLELOCK_HH
#define MIMI_TABLELOCK_HH
#include <atomic>
#include <mutex>
#include <thread>

// The lock of a table's writers. Two kinds take it: packets that begin a flow, and long work (imports, expiry, exports) that
// takes it again and again, for some microseconds each time.
//
// An ordinary mutex would be won over and over by the one that has just let it go, because a thread that sleeps needs longer to
// wake than the other to come round. So packets say that they wait, and long work lets them go first.

namespace mimi {

class TableLock {
  public:
    TableLock() : _waiting(0) {}
    TableLock(const TableLock &) = delete;
    TableLock &operator=(const TableLock &) = delete;

    // For packets: a short spin, since the lock is never held for long, then sleep.
    void lock()
    {
        if (_mutex.try_lock())
            return;
        _waiting.fetch_add(1, std::memory_order_relaxed);
        bool taken = false;
        for (int tries = 0; tries != spins && !(taken = _mutex.try_lock()); ++tries)
            relax();
        if (!taken)
            _mutex.lock();
        _waiting.fetch_sub(1, std::memory_order_relaxed);
    }
    void unlock() { _mutex.unlock(); }

    // For a piece of long work.
    void lock_politely()
    {
        while (_waiting.load(std::memory_order_relaxed) != 0)
            std::this_thread::yield();
        _mutex.lock();
    }

    class Polite {
      public:
        explicit Polite(TableLock &lock) : _lock(lock) { _lock.lock_politely(); }
        ~Polite() { _lock.unlock(); }
        Polite(const Polite &) = delete;
        Polite &operator=(const Polite &) = delete;

      private:
        TableLock &_lock;
    };

  private:
    static const int spins = 500;  // some 10 microseconds
    std::mutex _mutex;
    std::atomic<int> _waiting;

    static void relax()
    {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#endif
    }
};

}  // namespace mimi
#endif
