// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_HASHMAP_HH
#define CLICK_HASHMAP_HH
#include <click/hashtable.hh>

// The older interface to a hash map, which elements from before HashTable still use.
template <typename K, typename V>
class HashMap {
    typedef HashTable<K, V> Table;

  public:
    typedef typename Table::value_type Pair;

    template <typename I, typename M>
    class iterator_base {
      public:
        iterator_base() = default;
        explicit iterator_base(const I &it) : _it(it) {}
        bool live() const { return _it.live(); }
        operator bool() const { return live(); }
        void operator++() { ++_it; }
        void operator++(int) { ++_it; }
        const K &key() const { return _it.key(); }
        M &value() const { return _it.value(); }
        auto *pair() const { return _it.get(); }
        auto *operator->() const { return _it.get(); }
        auto &operator*() const { return *_it; }
        bool operator==(const iterator_base &o) const { return _it == o._it; }

      private:
        I _it;
    };
    typedef iterator_base<typename Table::iterator, V> iterator;
    typedef iterator_base<typename Table::const_iterator, const V> const_iterator;

    HashMap() = default;
    explicit HashMap(const V &default_value, void * = nullptr) : _table(default_value) {}

    int size() const { return static_cast<int>(_table.size()); }
    bool empty() const { return _table.empty(); }
    const V &default_value() const { return _table.default_value(); }
    void set_default_value(const V &value) { _table.set_default_value(value); }

    const V &find(const K &key) const { return _table.get(key); }
    const V &find(const K &key, const V &otherwise) const
    {
        const V *found = _table.get_pointer(key);
        return found ? *found : otherwise;
    }
    const V &operator[](const K &key) const { return find(key); }
    V *findp(const K &key) const { return const_cast<V *>(_table.get_pointer(key)); }
    Pair *find_pair(const K &key) const { return const_cast<Table &>(_table).find(key).get(); }
    Pair *find_pair_force(const K &key) { return _table.find_insert(key).get(); }
    Pair *find_pair_force(const K &key, const V &value) { return _table.find_insert(key, value).get(); }
    V &find_force(const K &key) { return _table[key]; }
    V *findp_force(const K &key) { return &_table[key]; }
    V *findp_force(const K &key, const V &value) { return &_table.find_insert(key, value).value(); }

    // True when the key is new; else the value is replaced.
    bool insert(const K &key, const V &value) { return _table.set(key, value); }
    bool replace(const K &key, const V &value) { return _table.set(key, value); }
    bool remove(const K &key) { return _table.erase(key) > 0; }
    bool erase(const K &key) { return remove(key); }
    void clear() { _table.clear(); }
    void swap(HashMap &other) { _table.swap(other._table); }
    void resize(int n) { _table.rehash(static_cast<size_t>(n)); }
    void set_dynamic_resizing(bool) {}
    bool dynamic_resizing() const { return true; }

    iterator begin() { return iterator(_table.begin()); }
    const_iterator begin() const { return const_iterator(_table.begin()); }
    iterator end() { return iterator(_table.end()); }
    const_iterator end() const { return const_iterator(_table.end()); }

  private:
    Table _table;
};

#endif
