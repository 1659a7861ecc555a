// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_TYPE_TRAITS_HH
#define CLICK_TYPE_TRAITS_HH
#include <click/config.h>
#include <type_traits>

// Click's names for what the standard library knows of types.
typedef std::true_type true_type;
typedef std::false_type false_type;

template <typename T, typename U>
struct same_type : public std::is_same<T, U> {};

// The same but for const and volatile.
template <typename T, typename U>
struct types_compatible : public std::is_same<std::remove_cv_t<T>, std::remove_cv_t<U>> {};

template <typename T>
struct has_trivial_copy : public std::is_trivially_copyable<T> {};

// How to hand over a T: small ones by value.
template <typename T>
struct fast_argument {
    static constexpr bool is_reference = !std::is_trivially_copyable_v<T> || (sizeof(T) > sizeof(void *));
    typedef std::conditional_t<is_reference, const T &, T> type;
};

#endif
