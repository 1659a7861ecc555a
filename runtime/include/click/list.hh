// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_LIST_HH
#define CLICK_LIST_HH
#include <click/config.h>
#include <cassert>
#include <cstddef>

template <typename T>
class List_member {
  public:
    List_member() = default;
    T *next() { return _next; }
    const T *next() const { return _next; }
    T *prev() { return _prev; }
    const T *prev() const { return _prev; }

  private:
    T *_next = nullptr;
    T *_prev = nullptr;
    template <typename X, List_member<X> X::*M>
    friend class List;
};

// A doubly linked list through a List_member of its elements, which it does not own.
template <typename T, List_member<T> T::*member>
class List {
  public:
    typedef size_t size_type;

    class iterator {
      public:
        iterator() = default;
        iterator(const List *list, T *element) : _list(list), _element(element) {}
        T *get() const { return _element; }
        T *operator->() const { return _element; }
        T &operator*() const { return *_element; }
        bool live() const { return _element; }
        operator bool() const { return _element; }
        iterator &operator++()
        {
            _element = (_element->*member)._next;
            return *this;
        }
        iterator operator++(int)
        {
            iterator old = *this;
            ++*this;
            return old;
        }
        // The end has the last element before it.
        iterator &operator--()
        {
            _element = _element ? (_element->*member)._prev : _list->_tail;
            return *this;
        }
        iterator operator--(int)
        {
            iterator old = *this;
            --*this;
            return old;
        }
        iterator &operator+=(int n)
        {
            for (; n > 0; --n)
                ++*this;
            for (; n < 0; ++n)
                --*this;
            return *this;
        }
        iterator &operator-=(int n) { return *this += -n; }
        friend iterator operator+(iterator it, int n) { return it += n; }
        friend iterator operator-(iterator it, int n) { return it -= n; }
        friend bool operator==(const iterator &a, const iterator &b) { return a._element == b._element; }
        friend bool operator!=(const iterator &a, const iterator &b) { return a._element != b._element; }

      private:
        const List *_list = nullptr;
        T *_element = nullptr;
    };
    typedef iterator const_iterator;

    List() = default;
    List(const List &) = delete;
    List &operator=(const List &) = delete;

    bool empty() const { return !_head; }
    size_type size() const
    {
        size_type n = 0;
        for (T *p = _head; p; p = (p->*member)._next)
            ++n;
        return n;
    }
    iterator begin() const { return iterator(this, _head); }
    iterator end() const { return iterator(this, nullptr); }
    T *front() const { return _head; }
    T *back() const { return _tail; }
    bool isin(const T *x) const { return (x->*member)._next || (x->*member)._prev || _head == x; }

    void push_front(T *x) { insert(begin(), x); }
    void push_back(T *x) { insert(end(), x); }
    void pop_front() { erase(_head); }
    void pop_back() { erase(_tail); }
    iterator insert(iterator where, T *x)
    {
        assert(!isin(x));
        T *next = where.get();
        T *prev = next ? (next->*member)._prev : _tail;
        (x->*member)._next = next;
        (x->*member)._prev = prev;
        (prev ? (prev->*member)._next : _head) = x;
        (next ? (next->*member)._prev : _tail) = x;
        return iterator(this, x);
    }
    // Before `where`; at the end when that is null.
    iterator insert(T *where, T *x) { return insert(iterator(this, where), x); }
    iterator erase(T *x)
    {
        T *next = (x->*member)._next, *prev = (x->*member)._prev;
        (prev ? (prev->*member)._next : _head) = next;
        (next ? (next->*member)._prev : _tail) = prev;
        (x->*member)._next = (x->*member)._prev = nullptr;
        return iterator(this, next);
    }
    iterator erase(iterator it) { return erase(it.get()); }
    void clear()
    {
        while (_head)
            erase(_head);
    }
    // Forgets the elements without looking at them.
    void __clear() { _head = _tail = nullptr; }
    void swap(List &other)
    {
        T *head = _head, *tail = _tail;
        _head = other._head;
        _tail = other._tail;
        other._head = head;
        other._tail = tail;
    }

  private:
    T *_head = nullptr;
    T *_tail = nullptr;
};

#endif
