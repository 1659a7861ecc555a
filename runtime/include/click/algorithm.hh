// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ALGORITHM_HH
#define CLICK_ALGORITHM_HH
#include <click/config.h>
#include <utility>

template <typename Iterator, typename T>
inline Iterator find(Iterator begin, Iterator end, const T &x)
{
    while (begin != end && !(*begin == x))
        ++begin;
    return begin;
}

template <typename T>
inline void click_swap(T &a, T &b)
{
    using std::swap;
    swap(a, b);
}

template <typename T>
inline void clear_by_swap(T &x)
{
    T empty;
    click_swap(x, empty);
}

// Gives `target` the value of `source`, which may be left empty.
template <typename T>
inline void assign_consume(T &target, T &source)
{
    target = std::move(source);
}
template <typename T, typename V>
inline void assign_consume(T &target, const V &source)
{
    target = source;
}

// For results that are deliberately not looked at.
template <typename T>
inline void ignore_result(const T &)
{
}

template <typename T>
inline void reverse(T *begin, T *end)
{
    while (begin < end && begin < --end)
        click_swap(*begin++, *end);
}

template <typename T>
struct less {
    bool operator()(const T &a, const T &b) const { return a < b; }
};

#endif
