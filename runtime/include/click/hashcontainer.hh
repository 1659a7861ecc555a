// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_HASHCONTAINER_HH
#define CLICK_HASHCONTAINER_HH
#include <click/hashcode.hh>
#include <cassert>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

// Theory of operation
//
// A hash table of elements that it does not own: each element has a `_hashnext` pointer for the chain of its bucket, and
// a hashkey(). An element is in one container at a time. Buckets are a power of two; the hash is mixed so that plain
// numbers may serve as hash codes. An iterator stays good while its element is in the container, and across insertions
// that do not rehash; iterators from find() that hit the end remember the bucket, so that set() needs no second hash.

// How the container sees an element; specialize it for another link or key.
template <typename T>
class HashContainer_adapter {
  public:
    typedef typename T::key_type key_type;
    typedef typename T::key_const_reference key_const_reference;
    static T *hashnext(const T *e) { return e->_hashnext; }
    static void set_hashnext(T *e, T *next) { e->_hashnext = next; }
    static key_const_reference hashkey(const T *e) { return e->hashkey(); }
    template <typename K>
    static bool hashkeyeq(const K &a, const K &b)
    {
        return a == b;
    }
};

template <typename T, typename A = HashContainer_adapter<T>>
class HashContainer {
  public:
    typedef typename A::key_type key_type;
    typedef typename A::key_const_reference key_const_reference;
    typedef T value_type;
    typedef size_t size_type;
    enum { initial_bucket_count = 64 };

    class const_iterator {
      public:
        const_iterator() = default;
        T *get() const { return _element; }
        T *operator->() const { return _element; }
        T &operator*() const { return *_element; }
        bool live() const { return _element; }
        typedef T *(const_iterator::*unspecified_bool_type)() const;
        operator unspecified_bool_type() const { return _element ? &const_iterator::get : nullptr; }
        // Meaningful for the results of begin() and find().
        size_type bucket() const { return _bucket; }
        bool operator==(const const_iterator &o) const { return _element == o._element; }
        bool operator!=(const const_iterator &o) const { return _element != o._element; }
        const_iterator &operator++()
        {
            if (_element && !(_element = A::hashnext(_element)))
                skip(_bucket + 1);
            return *this;
        }
        void operator++(int) { ++*this; }

      protected:
        const HashContainer *_table = nullptr;
        T *_element = nullptr;
        size_type _bucket = 0;
        friend class HashContainer;

        const_iterator(const HashContainer *table, T *element, size_type bucket)
            : _table(table), _element(element), _bucket(bucket)
        {
        }
        void skip(size_type bucket)
        {
            while (bucket < _table->_buckets.size() && !_table->_buckets[bucket])
                ++bucket;
            _bucket = bucket;
            _element = bucket < _table->_buckets.size() ? _table->_buckets[bucket] : nullptr;
        }
    };
    class iterator : public const_iterator {
      public:
        iterator() = default;

      private:
        friend class HashContainer;
        iterator(const HashContainer *table, T *element, size_type bucket) : const_iterator(table, element, bucket) {}
    };

    HashContainer() : HashContainer(size_type{initial_bucket_count}) {}
    explicit HashContainer(size_type buckets)
    {
        size_type n = 1;
        while (n < buckets)
            n *= 2;
        _buckets.assign(n, nullptr);
    }
    HashContainer(const HashContainer &) = delete;
    HashContainer &operator=(const HashContainer &) = delete;

    size_type size() const { return _size; }
    bool empty() const { return _size == 0; }
    size_type bucket_count() const { return _buckets.size(); }
    size_type bucket_size(size_type b) const
    {
        size_type n = 0;
        for (T *e = _buckets[b]; e; e = A::hashnext(e))
            ++n;
        return n;
    }
    bool unbalanced() const { return _size > 2 * _buckets.size(); }
    size_type bucket(key_const_reference key) const { return bucket_of(key); }

    iterator begin()
    {
        iterator it(this, nullptr, 0);
        it.skip(0);
        return it;
    }
    const_iterator begin() const { return const_cast<HashContainer *>(this)->begin(); }
    iterator end() { return iterator(this, nullptr, _buckets.size()); }
    const_iterator end() const { return const_cast<HashContainer *>(this)->end(); }
    iterator begin(size_type b) { return iterator(this, _buckets[b], b); }

    iterator find(key_const_reference key)
    {
        size_type b = bucket_of(key);
        T *e = _buckets[b];
        while (e && !A::hashkeyeq(A::hashkey(e), key))
            e = A::hashnext(e);
        return iterator(this, e, b);
    }
    const_iterator find(key_const_reference key) const { return const_cast<HashContainer *>(this)->find(key); }
    // As find(), and moves what is found to the front of its chain.
    iterator find_prefer(key_const_reference key)
    {
        iterator it = find(key);
        if (it) {
            unlink(it._element, it._bucket);
            link(it._element, it._bucket);
        }
        return it;
    }
    size_type count(key_const_reference key) const { return find(key) ? 1 : 0; }
    T *get(key_const_reference key) const { return find(key).get(); }
    T *operator[](key_const_reference key) const { return get(key); }
    bool contains(const T *element) const
    {
        for (T *e = _buckets[bucket_of(A::hashkey(element))]; e; e = A::hashnext(e))
            if (e == element)
                return true;
        return false;
    }

    // Adds an element; `it` is the result of find() for its key. Equal keys may live side by side.
    void insert_at(iterator &it, T *element)
    {
        link(element, it._bucket);
        it._element = element;
        ++_size;
    }
    // Puts an element where `it` (from find()) points; returns the one that was there. A null element erases.
    T *set(iterator &it, T *element, bool rebalance = false)
    {
        T *old = it._element;
        if (old == element)
            return old;
        if (old) {
            unlink(old, it._bucket);
            --_size;
        }
        it._element = nullptr;
        if (element)
            insert_at(it, element);
        if (rebalance && unbalanced()) {
            balance();
            it._bucket = element ? bucket_of(A::hashkey(element)) : it._bucket;
        }
        return old;
    }
    T *set(T *element, bool rebalance = true)
    {
        iterator it = find(A::hashkey(element));
        return set(it, element, rebalance);
    }
    // Moves the iterator on to the next element. Returns the erased one.
    T *erase(iterator &it)
    {
        T *old = it._element;
        if (old) {
            size_type b = it._bucket;
            ++it;
            unlink(old, b);
            --_size;
        }
        return old;
    }
    T *erase(key_const_reference key)
    {
        iterator it = find(key);
        return erase(it);
    }
    void clear()
    {
        _buckets.assign(_buckets.size(), nullptr);
        _size = 0;
    }
    void swap(HashContainer &other) noexcept
    {
        _buckets.swap(other._buckets);
        std::swap(_size, other._size);
    }
    // At least n buckets.
    void rehash(size_type n)
    {
        size_type count = 1;
        while (count < n)
            count *= 2;
        std::vector<T *> old(count, nullptr);
        old.swap(_buckets);
        for (T *e : old)
            while (e) {
                T *next = A::hashnext(e);
                link(e, bucket_of(A::hashkey(e)));
                e = next;
            }
    }
    void balance()
    {
        if (unbalanced())
            rehash(_size);
    }

  private:
    std::vector<T *> _buckets;
    size_type _size = 0;

    size_type bucket_of(const key_type &key) const
    {
        uint64_t h = static_cast<uint64_t>(hashcode(key)) * 0x9E3779B97F4A7C15u;
        return static_cast<size_type>(h >> 32) & (_buckets.size() - 1);
    }
    void link(T *element, size_type b)
    {
        A::set_hashnext(element, _buckets[b]);
        _buckets[b] = element;
    }
    void unlink(T *element, size_type b)
    {
        if (_buckets[b] == element) {
            _buckets[b] = A::hashnext(element);
            return;
        }
        T *e = _buckets[b];
        while (A::hashnext(e) != element)
            e = A::hashnext(e);
        A::set_hashnext(e, A::hashnext(element));
    }
};

#endif
