// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BASE_REALNUMBER_HH
#define MIMI_BASE_REALNUMBER_HH
#include <click/string.hh>
#include <cmath>
#include <concepts>
#include <limits>

namespace base {

// A name for a factor, such as "ms" for 0.001.
struct Unit {
    const char *name;
    long double factor;
};

// A decimal number with optional sign, point and exponent. Returns its end, `begin` if there is none.
const char *parse_real(const char *begin, const char *end, long double &value);

// All of `text`, a number and nothing else.
bool parse_real(const String &text, long double &value);

// A number and one of the units. Without a unit the factor is 1, and `had_unit` false.
bool parse_with_unit(const String &text, const Unit *units, size_t nunits, long double &value, bool &had_unit);

// Rounds to an integer. False if it does not fit; then `result` is the nearest one that does.
template <std::integral T>
bool round_to(long double value, T &result)
{
    value = std::floor(value + 0.5L);
    if (value > static_cast<long double>(std::numeric_limits<T>::max())) {
        result = std::numeric_limits<T>::max();
        return false;
    }
    if (value < static_cast<long double>(std::numeric_limits<T>::min())) {
        result = std::numeric_limits<T>::min();
        return false;
    }
    result = static_cast<T>(value);
    return true;
}

}  // namespace base

#endif
