// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PAIR_HH
#define CLICK_PAIR_HH
#include <click/hashcode.hh>
#include <type_traits>
#include <utility>

template <typename T, typename U>
struct Pair {
    typedef T first_type;
    typedef U second_type;
    typedef T key_type;
    typedef const T &key_const_reference;

    T first;
    U second;

    Pair() : first(), second() {}
    Pair(const T &a, const U &b) : first(a), second(b) {}
    template <typename A, typename B>
    Pair(const Pair<A, B> &other) : first(other.first), second(other.second) {}

    const T &hashkey() const { return first; }
    hashcode_t hashcode() const
    {
        hashcode_t h = ::hashcode(first);
        return (h << 7) ^ (h >> 3) ^ ::hashcode(second);
    }

    template <typename A, typename B>
    Pair &operator=(const Pair<A, B> &other)
    {
        first = other.first;
        second = other.second;
        return *this;
    }
    friend bool operator==(const Pair &a, const Pair &b) { return a.first == b.first && a.second == b.second; }
    friend bool operator<(const Pair &a, const Pair &b)
    {
        return a.first < b.first || (!(b.first < a.first) && a.second < b.second);
    }
    friend bool operator>(const Pair &a, const Pair &b) { return b < a; }
    friend bool operator<=(const Pair &a, const Pair &b) { return !(b < a); }
    friend bool operator>=(const Pair &a, const Pair &b) { return !(a < b); }
};

template <typename T, typename U>
inline Pair<T, U> make_pair(T a, U b)
{
    return Pair<T, U>(a, b);
}

#endif
