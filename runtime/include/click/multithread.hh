// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_MULTITHREAD_HH
#define CLICK_MULTITHREAD_HH
#include <click/glue.hh>
#include <click/perthread.hh>
#include <click/sync.hh>
#include <atomic>

// Copies of a value: readers look at one while a writer prepares the next. A reader may hold on to what it has begun to read
// for N - 1 writes; nothing waits for it, hence the name. One writer at a time.
template <typename T, int N = 2>
class unprotected_rcu_singlewriter {
  public:
    unprotected_rcu_singlewriter() = default;
    explicit unprotected_rcu_singlewriter(const T &value) { initialize(value); }
    void initialize(const T &value) { _copies[current()] = value; }

    const T &read() const { return _copies[current()]; }
    const T &operator*() const { return read(); }
    const T *operator->() const { return &read(); }
    const T &read_begin(int = 0) const { return read(); }
    void read_end(int = 0) const {}

    // The copy to change: it begins as what readers see.
    T &write_begin()
    {
        T &next = _copies[(current() + 1) % N];
        next = _copies[current()];
        return next;
    }
    void write_commit() { _current.store((current() + 1) % N, std::memory_order_release); }
    void write_abort() {}

  private:
    T _copies[N]{};
    std::atomic<int> _current{0};

    int current() const { return _current.load(std::memory_order_acquire); }
};

// The same for several writers: write_begin() locks, write_commit() and write_abort() unlock.
template <typename T, int N = 2>
class unprotected_rcu : public unprotected_rcu_singlewriter<T, N> {
    typedef unprotected_rcu_singlewriter<T, N> Base;

  public:
    using Base::Base;
    T &write_begin()
    {
        _lock.acquire();
        return Base::write_begin();
    }
    void write_commit()
    {
        Base::write_commit();
        _lock.release();
    }
    void write_abort() { _lock.release(); }

  private:
    Spinlock _lock;
};

// A value that readers see whole while a single writer replaces it. The writer waits until no reader is left.
template <typename T>
class click_rcu {
  public:
    click_rcu() = default;
    explicit click_rcu(const T &value) : _value(value) {}
    void initialize(const T &value) { _value = value; }

    const T &read_begin(int &)
    {
        _lock.acquire_read();
        return _value;
    }
    void read_end(const int &) { _lock.release_read(); }
    T read()
    {
        int flags = 0;
        T value = read_begin(flags);
        read_end(flags);
        return value;
    }

    T &write_begin()
    {
        _lock.acquire_write();
        _before = _value;
        return _value;
    }
    T &write_begin(int &) { return write_begin(); }
    void write_commit(int = 0) { _lock.release_write(); }
    void write_abort()
    {
        _value = _before;
        _lock.release_write();
    }
    void write(const T &value)
    {
        write_begin() = value;
        write_commit();
    }

  private:
    ReadWriteLock _lock;
    T _value{};
    T _before{};
};
template <typename T>
using fast_rcu = click_rcu<T>;

#endif
