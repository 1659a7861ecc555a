// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_DEQUE_HH
#define CLICK_DEQUE_HH
#include <click/config.h>
#include <deque>
#include <utility>

// A sequence that grows at both ends. Sizes are ints.
template <typename T>
class Deque {
  public:
    typedef T value_type;
    typedef int size_type;
    typedef typename std::deque<T>::iterator iterator;
    typedef typename std::deque<T>::const_iterator const_iterator;

    Deque() = default;
    Deque(size_type n, const T &value) : _items(static_cast<size_t>(n), value) {}

    size_type size() const { return static_cast<size_type>(_items.size()); }
    bool empty() const { return _items.empty(); }
    iterator begin() { return _items.begin(); }
    iterator end() { return _items.end(); }
    const_iterator begin() const { return _items.begin(); }
    const_iterator end() const { return _items.end(); }
    T &operator[](size_type i) { return _items.at(static_cast<size_t>(i)); }
    const T &operator[](size_type i) const { return _items.at(static_cast<size_t>(i)); }
    T &at(size_type i) { return (*this)[i]; }
    const T &at(size_type i) const { return (*this)[i]; }
    T &unchecked_at(size_type i) { return _items[static_cast<size_t>(i)]; }
    T &front() { return _items.front(); }
    const T &front() const { return _items.front(); }
    T &back() { return _items.back(); }
    const T &back() const { return _items.back(); }

    void push_back(const T &x) { _items.push_back(x); }
    void pop_back() { _items.pop_back(); }
    void push_front(const T &x) { _items.push_front(x); }
    void pop_front() { _items.pop_front(); }
    iterator insert(iterator it, const T &x) { return _items.insert(it, x); }
    iterator erase(iterator it) { return _items.erase(it); }
    iterator erase(iterator from, iterator to) { return _items.erase(from, to); }
    void clear() { _items.clear(); }
    // It grows by itself, piece by piece: there is room for what was asked for, at least for what is there.
    bool reserve(size_type n)
    {
        _reserved = n > _reserved ? n : _reserved;
        return true;
    }
    size_type capacity() const { return size() > _reserved ? size() : _reserved; }
    void resize(size_type n, const T &value = T()) { _items.resize(static_cast<size_t>(n), value); }
    Deque &assign(size_type n, const T &value)
    {
        _items.assign(static_cast<size_t>(n), value);
        return *this;
    }
    void swap(Deque &other) noexcept
    {
        _items.swap(other._items);
        std::swap(_reserved, other._reserved);
    }

  private:
    std::deque<T> _items;
    size_type _reserved = 0;
};

#endif
