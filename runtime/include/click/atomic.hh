// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ATOMIC_HH
#define CLICK_ATOMIC_HH
#include <click/config.h>
#include <atomic>
#include <cstdint>

// Counters that several threads may change at once. Copying takes the value.
template <typename T>
class click_atomic {
  public:
    typedef T val_t;

    click_atomic() = default;
    click_atomic(T value) : _value(value) {}
    click_atomic(const click_atomic &other) : _value(other.value()) {}
    click_atomic &operator=(const click_atomic &other) { return *this = other.value(); }
    click_atomic &operator=(T value)
    {
        _value.store(value, std::memory_order_release);
        return *this;
    }

    operator T() const { return value(); }
    T value() const { return _value.load(std::memory_order_acquire); }
    // For a moment when no other thread is there.
    T nonatomic_value() const { return _value.load(std::memory_order_relaxed); }
    void nonatomic_inc() { _value.store(nonatomic_value() + 1, std::memory_order_relaxed); }

    click_atomic &operator+=(T x) { return _value += x, *this; }
    click_atomic &operator-=(T x) { return _value -= x, *this; }
    click_atomic &operator|=(T x) { return _value |= x, *this; }
    click_atomic &operator&=(T x) { return _value &= x, *this; }
    void operator++() { ++_value; }
    void operator++(int) { ++_value; }
    void operator--() { --_value; }
    void operator--(int) { --_value; }

    // The former value.
    T swap(T x) { return _value.exchange(x); }
    T fetch_and_add(T x) { return _value.fetch_add(x); }
    T fetch_and_sub(T x) { return _value.fetch_sub(x); }

    // True when this made it zero.
    bool dec_and_test() { return _value.fetch_sub(1) == 1; }
    bool nonatomic_dec_and_test()
    {
        T next = nonatomic_value() - 1;
        _value.store(next, std::memory_order_relaxed);
        return next == 0;
    }

    // Stores `desired` if the value is `expected`; returns what the value was.
    T compare_swap(T expected, T desired)
    {
        _value.compare_exchange_strong(expected, desired);
        return expected;
    }
    bool compare_and_swap(T expected, T desired) { return _value.compare_exchange_strong(expected, desired); }

    // The same on a plain variable.
    static T swap(volatile T &x, T value) { return __atomic_exchange_n(&x, value, __ATOMIC_SEQ_CST); }
    static void inc(volatile T &x) { __atomic_fetch_add(&x, 1, __ATOMIC_SEQ_CST); }
    static bool dec_and_test(volatile T &x) { return __atomic_fetch_sub(&x, 1, __ATOMIC_SEQ_CST) == 1; }
    static T compare_swap(volatile T &x, T expected, T desired)
    {
        __atomic_compare_exchange_n(&x, &expected, desired, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
        return expected;
    }

  private:
    std::atomic<T> _value{0};
};

// Classes rather than aliases: they are forward declared elsewhere.
class atomic_uint32_t : public click_atomic<uint32_t> {
  public:
    using click_atomic::click_atomic;
    using click_atomic::operator=;
};
class atomic_int32_t : public click_atomic<int32_t> {
  public:
    using click_atomic::click_atomic;
    using click_atomic::operator=;
};
class atomic_uint64_t : public click_atomic<uint64_t> {
  public:
    using click_atomic::click_atomic;
    using click_atomic::operator=;
};

#endif
