// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PERTHREAD_HH
#define CLICK_PERTHREAD_HH
#include <click/config.h>
#include <click/glue.hh>
#include <cassert>
#include <vector>

// One T for each driver thread, on cache lines of its own. Threads are numbered as by click_current_cpu_id().
template <typename T>
class per_thread {
  public:
    per_thread() : _slots(click_max_cpu_ids()) {}
    explicit per_thread(const T &value) : per_thread() { set(value); }

    T &get() { return slot(click_current_cpu_id()); }
    const T &get() const { return slot(click_current_cpu_id()); }
    T *operator->() { return &get(); }
    const T *operator->() const { return &get(); }
    T &operator*() { return get(); }
    const T &operator*() const { return get(); }
    per_thread &operator=(const T &value)
    {
        get() = value;
        return *this;
    }
    // The calling thread's, as if this were a T.
    operator T &() { return get(); }
    operator const T &() const { return get(); }
    T operator++(int) { return get()++; }
    T operator--(int) { return get()--; }
    T &operator++() { return ++get(); }
    T &operator--() { return --get(); }
    template <typename U> T &operator+=(const U &value) { return get() += value; }
    template <typename U> T &operator-=(const U &value) { return get() -= value; }
    // Every thread's.
    void set(const T &value)
    {
        for (Slot &s : _slots)
            s.value = value;
    }

    T &get_value_for_thread(int thread) { return slot(static_cast<unsigned>(thread)); }
    const T &get_value_for_thread(int thread) const { return slot(static_cast<unsigned>(thread)); }
    void set_value_for_thread(int thread, const T &value) { slot(static_cast<unsigned>(thread)) = value; }
    unsigned size() const { return static_cast<unsigned>(_slots.size()); }
    unsigned weight() const { return size(); }
    T &get_value(int i) { return get_value_for_thread(i); }
    const T &get_value(int i) const { return get_value_for_thread(i); }
    void set_value(int i, const T &value) { set_value_for_thread(i, value); }

    template <typename Owner, typename Value>
    class basic_iterator {
      public:
        basic_iterator(Owner *owner, unsigned i) : _owner(owner), _i(i) {}
        Value &operator*() const { return _owner->_slots[_i].value; }
        basic_iterator &operator++() { return ++_i, *this; }
        bool operator==(const basic_iterator &o) const { return _i == o._i; }
        bool operator!=(const basic_iterator &o) const { return _i != o._i; }

      private:
        Owner *_owner;
        unsigned _i;
    };
    typedef basic_iterator<per_thread, T> iterator;
    typedef basic_iterator<const per_thread, const T> const_iterator;
    iterator begin() { return iterator(this, 0); }
    iterator end() { return iterator(this, size()); }
    const_iterator begin() const { return const_iterator(this, 0); }
    const_iterator end() const { return const_iterator(this, size()); }

  private:
    struct alignas(CLICK_CACHE_LINE_SIZE) Slot {
        T value{};
    };
    std::vector<Slot> _slots;

    T &slot(unsigned thread)
    {
        assert(thread < _slots.size());
        return _slots[thread].value;
    }
    const T &slot(unsigned thread) const { return const_cast<per_thread *>(this)->slot(thread); }
};

// The same interface around a single T, for what one thread uses alone.
template <typename T>
class not_per_thread {
  public:
    not_per_thread() = default;
    explicit not_per_thread(const T &value) : _value(value) {}

    T &get() { return _value; }
    const T &get() const { return _value; }
    T *operator->() { return &_value; }
    const T *operator->() const { return &_value; }
    T &operator*() { return _value; }
    const T &operator*() const { return _value; }
    not_per_thread &operator=(const T &value)
    {
        _value = value;
        return *this;
    }
    operator T &() { return _value; }
    operator const T &() const { return _value; }
    void set(const T &value) { _value = value; }
    T &get_value_for_thread(int) { return _value; }
    const T &get_value_for_thread(int) const { return _value; }
    void set_value_for_thread(int, const T &value) { _value = value; }
    unsigned size() const { return 1; }
    unsigned weight() const { return 1; }
    T &get_value(int) { return _value; }
    const T &get_value(int) const { return _value; }
    void set_value(int, const T &value) { _value = value; }
    T *begin() { return &_value; }
    T *end() { return &_value + 1; }
    const T *begin() const { return &_value; }
    const T *end() const { return &_value + 1; }

  private:
    T _value{};
};

template <typename T>
using per_thread_oread = per_thread<T>;
template <typename T>
using per_thread_omem = per_thread<T>;
template <typename T>
using per_thread_arch = per_thread<T>;

#define PER_THREAD_SET(pt, value) (pt).set(value)
#define PER_THREAD_MEMBER_SET(pt, member, value) \
    do {                                         \
        for (auto &per_thread_v : (pt))          \
            per_thread_v.member = (value);       \
    } while (0)
// Each declares and fills a variable.
#define PER_THREAD_SUM(type, var, pt)   \
    type var = 0;                       \
    for (auto &per_thread_v : (pt))     \
        var += per_thread_v
#define PER_THREAD_MEMBER_SUM(type, var, pt, member) \
    type var = 0;                                    \
    for (auto &per_thread_v : (pt))                  \
        var += per_thread_v.member
// The same for per_thread<T *> and for a member that is an array.
#define PER_THREAD_POINTER_SET(pt, member, value) \
    do {                                          \
        for (auto &per_thread_v : (pt))           \
            per_thread_v->member = (value);       \
    } while (0)
#define PER_THREAD_POINTER_SUM(type, var, pt, member) \
    type var = 0;                                     \
    for (auto &per_thread_v : (pt))                   \
        var += per_thread_v->member
#define PER_THREAD_VECTOR_SUM(type, var, pt, index, member) \
    type var = 0;                                           \
    for (auto &per_thread_v : (pt))                         \
        var += per_thread_v[index].member

#endif
