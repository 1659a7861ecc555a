// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_HASHCODE_HH
#define CLICK_HASHCODE_HH
#include <click/config.h>
#include <concepts>
#include <cstddef>
#include <cstdint>

// hashcode(x) for the keys of hash tables. A class offers `hashcode() const`, a table's element `hashkey() const`.
typedef size_t hashcode_t;

template <std::integral T>
constexpr hashcode_t hashcode(T x)
{
    if constexpr (sizeof(T) > sizeof(hashcode_t))
        return static_cast<hashcode_t>(x ^ (x >> 32));
    else
        return static_cast<hashcode_t>(x);
}

template <typename T>
inline hashcode_t hashcode(T *p)
{
    return reinterpret_cast<uintptr_t>(p) >> 3;
}

template <typename T>
    requires requires(const T &x) { x.hashcode(); }
inline hashcode_t hashcode(const T &x)
{
    return x.hashcode();
}

template <typename T>
inline typename T::key_const_reference hashkey(const T &x)
{
    return x.hashkey();
}

#endif
