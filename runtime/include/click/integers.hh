// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_INTEGERS_HH
#define CLICK_INTEGERS_HH
#include <click/glue.hh>
#include <click/type_traits.hh>
#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

// The position of the lowest (highest) one, counted from 1 at that end; 0 if there is none.
template <std::integral T>
constexpr int ffs_lsb(T x)
{
    return x ? std::countr_zero(static_cast<std::make_unsigned_t<T>>(x)) + 1 : 0;
}
template <std::integral T>
constexpr int ffs_msb(T x)
{
    return x ? std::countl_zero(static_cast<std::make_unsigned_t<T>>(x)) + 1 : 0;
}

// Rounded down.
uint32_t int_sqrt(uint32_t x);
uint64_t int_sqrt(uint64_t x);

// Sets the quotient, rounded down, and returns the remainder, which is never negative.
inline uint32_t int_remainder(uint32_t a, uint32_t b, uint32_t &quotient)
{
    quotient = a / b;
    return a % b;
}
inline int32_t int_remainder(int32_t a, uint32_t b, int32_t &quotient)
{
    const int64_t wide = b;
    int64_t rest = a % wide;
    rest += rest < 0 ? wide : 0;
    quotient = static_cast<int32_t>((a - rest) / wide);
    return static_cast<int32_t>(rest);
}
inline uint32_t int_divide(uint32_t a, uint32_t b)
{
    return a / b;
}
inline int64_t int_divide(int64_t a, uint32_t b)
{
    return a / static_cast<int64_t>(b);
}
inline uint64_t int_divide(uint64_t a, uint32_t b)
{
    return a / b;
}
// Sets `quotient`, returns the remainder.
inline uint32_t int_divide(uint64_t a, uint32_t b, uint64_t &quotient)
{
    quotient = a / b;
    return static_cast<uint32_t>(a % b);
}
inline int32_t int_divide(int64_t a, uint32_t b, int64_t &quotient)
{
    int64_t d = static_cast<int64_t>(b), r = a % d;
    quotient = a / d;
    if (r < 0) {
        r += d;
        --quotient;
    }
    return static_cast<int32_t>(r);
}

inline uint32_t int_multiply(uint32_t a, uint32_t b, uint32_t &high)
{
    uint64_t x = uint64_t{a} * b;
    high = static_cast<uint32_t>(x >> 32);
    return static_cast<uint32_t>(x);
}
inline uint64_t int_multiply(uint64_t a, uint64_t b, uint64_t &high)
{
    unsigned __int128 x = static_cast<unsigned __int128>(a) * b;
    high = static_cast<uint64_t>(x >> 64);
    return static_cast<uint64_t>(x);
}

template <std::integral T>
constexpr T net_to_host_order(T x)
{
#if CLICK_BYTE_ORDER == CLICK_BIG_ENDIAN
    return x;
#else
    if constexpr (sizeof(T) == 2)
        return static_cast<T>(__builtin_bswap16(static_cast<uint16_t>(x)));
    else if constexpr (sizeof(T) == 4)
        return static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(x)));
    else if constexpr (sizeof(T) == 8)
        return static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(x)));
    else
        return x;
#endif
}
template <std::integral T>
constexpr T host_to_net_order(T x)
{
    return net_to_host_order(x);
}

// Value ranges by type, for code that is generic in it.
template <typename T>
struct integer_traits {
    static constexpr bool is_integral = std::integral<T>;
    static constexpr bool is_signed = std::signed_integral<T>;
    static constexpr T const_min = std::numeric_limits<T>::min();
    static constexpr T const_max = std::numeric_limits<T>::max();
    static constexpr T min() { return const_min; }
    static constexpr T max() { return const_max; }
    typedef std::make_signed_t<T> signed_type;
    typedef std::make_unsigned_t<T> unsigned_type;
    static constexpr bool negative(T x)
    {
        if constexpr (is_signed)
            return x < 0;
        else
            return false;
    }
};

#endif
