// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_VECTOR_HH
#define CLICK_VECTOR_HH
#include <click/algorithm.hh>
#include <click/config.h>
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <type_traits>
#include <utility>

// A growing array. Sizes are ints, as everywhere in the element interface.
template <typename T>
class Vector {
  public:
    typedef T value_type;
    typedef T &reference;
    typedef const T &const_reference;
    typedef T *pointer;
    typedef const T *const_pointer;
    typedef int size_type;
    typedef T *iterator;
    typedef const T *const_iterator;
    typedef int (Vector<T>::*unspecified_bool_type)() const;

    enum { RESERVE_GROW = static_cast<unsigned>(-1) };

    Vector() = default;
    explicit Vector(size_type n, const T &value) { resize(n, value); }
    Vector(std::initializer_list<T> values) { append(values.begin(), values.end()); }
    Vector(const Vector &other) { append(other.begin(), other.end()); }
    Vector(Vector &&other) noexcept { swap(other); }
    ~Vector() { release(); }

    Vector &operator=(const Vector &other)
    {
        if (&other != this)
            Vector(other).swap(*this);
        return *this;
    }
    Vector &operator=(Vector &&other) noexcept
    {
        swap(other);
        return *this;
    }
    Vector &assign(size_type n, const T &value)
    {
        Vector(n, value).swap(*this);
        return *this;
    }

    size_type size() const { return _size; }
    size_type capacity() const { return _capacity; }
    bool empty() const { return _size == 0; }
    operator unspecified_bool_type() const { return _size ? &Vector<T>::size : nullptr; }
    bool operator!() const { return _size == 0; }

    T *data() { return _items; }
    const T *data() const { return _items; }
    iterator begin() { return _items; }
    const_iterator begin() const { return _items; }
    const_iterator cbegin() const { return _items; }
    iterator end() { return _items + _size; }
    const_iterator end() const { return _items + _size; }
    const_iterator cend() const { return _items + _size; }

    template <typename Index>
        requires std::is_integral_v<Index> || std::is_enum_v<Index>
    T &operator[](Index i)
    {
        return at(static_cast<size_type>(i));
    }
    template <typename Index>
        requires std::is_integral_v<Index> || std::is_enum_v<Index>
    const T &operator[](Index i) const
    {
        return at(static_cast<size_type>(i));
    }
    T &at(size_type i)
    {
        assert(static_cast<unsigned>(i) < static_cast<unsigned>(_size));
        return _items[i];
    }
    const T &at(size_type i) const
    {
        assert(static_cast<unsigned>(i) < static_cast<unsigned>(_size));
        return _items[i];
    }
    T &unchecked_at(size_type i) { return _items[i]; }
    const T &unchecked_at(size_type i) const { return _items[i]; }
    T &at_u(size_type i) { return _items[i]; }
    const T &at_u(size_type i) const { return _items[i]; }
    T &front() { return at(0); }
    const T &front() const { return at(0); }
    T &back() { return at(_size - 1); }
    const T &back() const { return at(_size - 1); }

    void push_back(const T &x) { emplace_back(x); }
    void push_back(T &&x) { emplace_back(std::move(x)); }
    void push_back(const volatile T &x)
        requires std::is_scalar_v<T>
    {
        emplace_back(T(x));
    }
    template <typename... A>
    T &emplace_back(A &&...arguments)
    {
        if (_size == _capacity) {
            T x(std::forward<A>(arguments)...);  // an argument may be inside this vector
            reserve(RESERVE_GROW);
            return *std::construct_at(_items + _size++, std::move(x));
        }
        return *std::construct_at(_items + _size++, std::forward<A>(arguments)...);
    }
    void pop_back()
    {
        assert(_size > 0);
        std::destroy_at(_items + --_size);
    }
    void push_front(const T &x) { insert(begin(), x); }
    void pop_front() { erase(begin()); }

    iterator insert(iterator it, const T &x)
    {
        size_type i = static_cast<size_type>(it - _items);
        assert(i >= 0 && i <= _size);
        push_back(x);
        std::rotate(_items + i, _items + _size - 1, _items + _size);
        return _items + i;
    }
    iterator erase(iterator it) { return it < end() ? erase(it, it + 1) : it; }
    iterator erase(iterator from, iterator to)
    {
        if (from < to) {
            std::move(to, end(), from);
            std::destroy(end() - (to - from), end());
            _size -= static_cast<size_type>(to - from);
        }
        return from;
    }
    void clear()
    {
        std::destroy(begin(), end());
        _size = 0;
    }

    // Always true: being out of memory is an exception.
    bool reserve(size_type n)
    {
        if (n < 0)
            n = _capacity > 0 ? _capacity * 2 : 4;
        if (n > _capacity) {
            T *items = std::allocator<T>().allocate(static_cast<size_t>(n));
            std::uninitialized_move(begin(), end(), items);
            size_type size = _size;
            release();
            _items = items;
            _size = size;
            _capacity = n;
        }
        return true;
    }
    void resize(size_type n, const T &value = T())
    {
        if (n <= _size) {
            std::destroy(_items + n, end());
            _size = n;
        } else {
            T copy(value);
            reserve(n);
            std::uninitialized_fill(_items + _size, _items + n, copy);
            _size = n;
        }
    }
    void swap(Vector &other) noexcept
    {
        std::swap(_items, other._items);
        std::swap(_size, other._size);
        std::swap(_capacity, other._capacity);
    }

    friend bool operator==(const Vector &a, const Vector &b)
    {
        return std::equal(a.begin(), a.end(), b.begin(), b.end());
    }

  private:
    T *_items = nullptr;
    size_type _size = 0;
    size_type _capacity = 0;

    void append(const T *from, const T *to)
    {
        reserve(static_cast<size_type>(to - from));
        std::uninitialized_copy(from, to, _items);
        _size = static_cast<size_type>(to - from);
    }
    void release()
    {
        std::destroy(begin(), end());
        if (_items)
            std::allocator<T>().deallocate(_items, static_cast<size_t>(_capacity));
        _items = nullptr;
        _size = _capacity = 0;
    }
};

template <typename T>
inline void click_swap(Vector<T> &a, Vector<T> &b)
{
    a.swap(b);
}

#endif
