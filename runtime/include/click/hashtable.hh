// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_HASHTABLE_HH
#define CLICK_HASHTABLE_HH
#include <click/hashallocator.hh>
#include <click/hashcontainer.hh>
#include <click/pair.hh>
#include <memory>
#include <new>
#include <utility>

// HashTable<T> is a set of elements with a hashkey(); HashTable<K, V> maps keys to values, with a default value for keys
// that are not there. Elements do not move in memory while they are in the table.
template <typename K, typename V = void>
class HashTable;

template <typename T>
class HashTable<T, void> {
    struct Node {
        T value;
        Node *_hashnext = nullptr;
        explicit Node(const T &v) : value(v) {}
        typedef typename T::key_type key_type;
        typedef typename T::key_const_reference key_const_reference;
        key_const_reference hashkey() const { return ::hashkey(value); }
    };
    typedef HashContainer<Node> Nodes;

  public:
    typedef typename T::key_type key_type;
    typedef typename T::key_const_reference key_const_reference;
    typedef T value_type;
    typedef size_t size_type;

    template <typename V, typename I>
    class iterator_base {
      public:
        iterator_base() = default;
        V *get() const { return _it ? &_it->value : nullptr; }
        V *operator->() const { return &_it->value; }
        V &operator*() const { return _it->value; }
        key_const_reference key() const { return _it->hashkey(); }
        bool live() const { return _it.live(); }
        typedef bool (iterator_base::*unspecified_bool_type)() const;
        operator unspecified_bool_type() const { return live() ? &iterator_base::live : nullptr; }
        iterator_base &operator++() { return ++_it, *this; }
        void operator++(int) { ++_it; }
        template <typename V2, typename I2>
        bool operator==(const iterator_base<V2, I2> &o) const
        {
            return _it.get() == o._it.get();
        }

      protected:
        I _it;
        explicit iterator_base(const I &it) : _it(it) {}
        template <typename, typename>
        friend class ::HashTable;
        template <typename, typename>
        friend class iterator_base;
    };
    typedef iterator_base<T, typename Nodes::iterator> iterator;
    class const_iterator : public iterator_base<const T, typename Nodes::const_iterator> {
        typedef iterator_base<const T, typename Nodes::const_iterator> base;

      public:
        const_iterator() = default;
        const_iterator(const iterator &it) : base(it._it) {}

      private:
        explicit const_iterator(const typename Nodes::const_iterator &it) : base(it) {}
        template <typename, typename>
        friend class ::HashTable;
    };

    HashTable() = default;
    explicit HashTable(size_type buckets) : _nodes(buckets) {}
    HashTable(const HashTable &other) { copy(other); }
    HashTable(HashTable &&other) noexcept { swap(other); }
    ~HashTable() { clear(); }
    HashTable &operator=(const HashTable &other)
    {
        if (&other != this) {
            clear();
            copy(other);
        }
        return *this;
    }
    HashTable &operator=(HashTable &&other) noexcept
    {
        swap(other);
        return *this;
    }

    size_type size() const { return _nodes.size(); }
    bool empty() const { return _nodes.empty(); }
    size_type bucket_count() const { return _nodes.bucket_count(); }
    bool unbalanced() const { return _nodes.unbalanced(); }
    iterator begin() { return iterator(_nodes.begin()); }
    iterator end() { return iterator(_nodes.end()); }
    const_iterator begin() const { return const_iterator(_nodes.begin()); }
    const_iterator end() const { return const_iterator(_nodes.end()); }

    iterator find(key_const_reference key) { return iterator(_nodes.find(key)); }
    const_iterator find(key_const_reference key) const { return const_iterator(_nodes.find(key)); }
    iterator find_prefer(key_const_reference key) { return iterator(_nodes.find_prefer(key)); }
    size_type count(key_const_reference key) const { return _nodes.count(key); }
    const T *get(key_const_reference key) const { return find(key).get(); }
    // The element of this key, made from the key if there was none.
    iterator find_insert(key_const_reference key)
    {
        auto it = _nodes.find(key);
        if (!it)
            add(it, T(key));
        return iterator(it);
    }
    T &operator[](key_const_reference key) { return *find_insert(key); }
    const T &operator[](key_const_reference key) const { return *find(key); }
    iterator find_insert(const T &value)
        requires(!std::is_same_v<T, key_type>)
    {
        auto it = _nodes.find(::hashkey(value));
        if (!it)
            add(it, value);
        return iterator(it);
    }
    // Replaces an element of the same key. Returns the iterator.
    iterator set(const T &value)
    {
        auto it = _nodes.find(::hashkey(value));
        if (it)
            it->value = value;
        else
            add(it, value);
        return iterator(it);
    }
    iterator erase(const iterator &position)
    {
        typename Nodes::iterator it = position._it;
        if (Node *node = _nodes.erase(it))
            drop(node);
        return iterator(it);
    }
    size_type erase(key_const_reference key)
    {
        Node *node = _nodes.erase(key);
        if (node)
            drop(node);
        return node ? 1 : 0;
    }
    void clear()
    {
        for (auto it = _nodes.begin(); it;)
            drop(_nodes.erase(it));
    }
    void swap(HashTable &other) noexcept
    {
        _nodes.swap(other._nodes);
        _memory.swap(other._memory);
    }
    void rehash(size_type n) { _nodes.rehash(n); }
    void balance() { _nodes.balance(); }

  private:
    Nodes _nodes;
    SizedHashAllocator<sizeof(Node)> _memory;

    void add(typename Nodes::iterator &it, const T &value)
    {
        _nodes.set(it, new (_memory.allocate()) Node(value), true);
    }
    void drop(Node *node)
    {
        node->~Node();
        _memory.deallocate(node);
    }
    void copy(const HashTable &other)
    {
        for (const T &value : other) {
            auto it = _nodes.find(::hashkey(value));
            add(it, value);
        }
    }
    template <typename, typename>
    friend class HashTable;
};

template <typename K, typename V>
class HashTable {
  public:
    typedef K key_type;
    typedef const K &key_const_reference;
    typedef V mapped_type;
    typedef Pair<const K, V> value_type;
    typedef size_t size_type;

  private:
    struct Entry {
        typedef K key_type;
        typedef const K &key_const_reference;
        value_type pair;
        explicit Entry(const K &key) : pair(key, V()) {}
        Entry(const K &key, const V &value) : pair(key, value) {}
        Entry &operator=(const Entry &o)
        {
            pair.second = o.pair.second;
            return *this;
        }
        Entry(const Entry &) = default;
        const K &hashkey() const { return pair.first; }
    };
    typedef HashTable<Entry, void> Entries;

  public:
    template <typename P, typename M, typename I>
    class iterator_base {
      public:
        iterator_base() = default;
        P *get() const { return _it ? &_it->pair : nullptr; }
        P *operator->() const { return &_it->pair; }
        P &operator*() const { return _it->pair; }
        const K &key() const { return _it->pair.first; }
        M &value() const { return _it->pair.second; }
        bool live() const { return _it.live(); }
        typedef bool (iterator_base::*unspecified_bool_type)() const;
        operator unspecified_bool_type() const { return live() ? &iterator_base::live : nullptr; }
        iterator_base &operator++() { return ++_it, *this; }
        void operator++(int) { ++_it; }
        template <typename P2, typename M2, typename I2>
        bool operator==(const iterator_base<P2, M2, I2> &o) const
        {
            return _it == o._it;
        }

      protected:
        I _it;
        iterator_base(const I &it) : _it(it) {}
        friend class HashTable;
        template <typename, typename, typename>
        friend class iterator_base;
    };
    typedef iterator_base<value_type, V, typename Entries::iterator> iterator;
    class const_iterator : public iterator_base<const value_type, const V, typename Entries::const_iterator> {
        typedef iterator_base<const value_type, const V, typename Entries::const_iterator> base;

      public:
        const_iterator() = default;
        const_iterator(const iterator &it) : base(typename Entries::const_iterator(it._it)) {}

      private:
        const_iterator(const typename Entries::const_iterator &it) : base(it) {}
        friend class HashTable;
    };

    HashTable() : _default() {}
    explicit HashTable(const V &default_value) : _default(default_value) {}
    HashTable(const V &default_value, size_type buckets) : _entries(buckets), _default(default_value) {}
    HashTable(const HashTable &) = default;
    HashTable(HashTable &&) = default;
    HashTable &operator=(const HashTable &) = default;
    HashTable &operator=(HashTable &&) = default;

    size_type size() const { return _entries.size(); }
    bool empty() const { return _entries.empty(); }
    size_type bucket_count() const { return _entries.bucket_count(); }
    const V &default_value() const { return _default; }
    void set_default_value(const V &value) { _default = value; }
    iterator begin() { return _entries.begin(); }
    iterator end() { return _entries.end(); }
    const_iterator begin() const { return _entries.begin(); }
    const_iterator end() const { return _entries.end(); }

    iterator find(const K &key) { return _entries.find(key); }
    const_iterator find(const K &key) const { return _entries.find(key); }
    iterator find_prefer(const K &key) { return _entries.find_prefer(key); }
    size_type count(const K &key) const { return _entries.count(key); }
    const V &get(const K &key) const
    {
        const_iterator it = find(key);
        return it ? it.value() : _default;
    }
    const V &operator[](const K &key) const { return get(key); }
    V *get_pointer(const K &key)
    {
        iterator it = find(key);
        return it ? &it.value() : nullptr;
    }
    const V *get_pointer(const K &key) const
    {
        const_iterator it = find(key);
        return it ? &it.value() : nullptr;
    }
    // Adds the default value (or `value`) for a key that is not there.
    iterator find_insert(const K &key) { return find_insert(key, _default); }
    iterator find_insert(const K &key, const V &value)
    {
        auto it = _entries._nodes.find(key);
        if (!it)
            _entries.add(it, Entry(key, value));
        return iterator(typename Entries::iterator(it));
    }
    V &operator[](const K &key) { return find_insert(key).value(); }
    // True when the key is new.
    bool set(const K &key, const V &value)
    {
        size_type before = size();
        iterator it = find_insert(key, value);
        if (size() != before)
            return true;
        it.value() = value;
        return false;
    }
    bool replace(const K &key, const V &value) { return set(key, value); }
    iterator erase(const iterator &it) { return _entries.erase(it._it); }
    size_type erase(const K &key) { return _entries.erase(key); }
    void clear() { _entries.clear(); }
    void swap(HashTable &other) noexcept
    {
        _entries.swap(other._entries);
        std::swap(_default, other._default);
    }
    void rehash(size_type n) { _entries.rehash(n); }
    void balance() { _entries.balance(); }

  private:
    Entries _entries;
    V _default;
};

#endif
