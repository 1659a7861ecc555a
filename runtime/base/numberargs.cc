// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/args.hh>
#include <click/nameinfo.hh>
#include "runtime/base/realnumber.hh"
#include <charconv>

// The parsers of numbers.

namespace base {

const char *parse_real(const char *begin, const char *end, long double &value)
{
    const char *s = begin;
    bool negative = s < end && *s == '-';
    s += s < end && (*s == '-' || *s == '+');
    // A digit must come soon: from_chars() would take "inf" and "nan".
    const char *digit = s + (s < end && *s == '.');
    if (digit == end || *digit < '0' || *digit > '9')
        return begin;
    long double magnitude;
    auto [after, error] = std::from_chars(s, end, magnitude, std::chars_format::general);
    if (error != std::errc())
        return begin;
    value = negative ? -magnitude : magnitude;
    return after;
}

bool parse_real(const String &text, long double &value)
{
    return !text.empty() && parse_real(text.begin(), text.end(), value) == text.end();
}

bool parse_with_unit(const String &text, const Unit *units, size_t nunits, long double &value, bool &had_unit)
{
    const char *after = parse_real(text.begin(), text.end(), value);
    if (after == text.begin())
        return false;
    String name = text.substring(after, text.end()).trim_space();
    had_unit = !name.empty();
    if (!had_unit)
        return true;
    for (size_t i = 0; i < nunits; ++i)
        if (name == units[i].name) {
            value *= units[i].factor;
            return true;
        }
    return false;
}

}  // namespace base

namespace {

using base::parse_real;
using base::round_to;

const base::Unit time_units[] = {
    {"s", 1},      {"sec", 1},     {"secs", 1},   {"second", 1},  {"seconds", 1}, {"ms", 1e-3L},   {"msec", 1e-3L},
    {"us", 1e-6L}, {"usec", 1e-6L}, {"ns", 1e-9L}, {"nsec", 1e-9L}, {"m", 60},      {"min", 60},     {"h", 3600},
    {"hr", 3600},  {"hour", 3600}, {"d", 86400},  {"day", 86400},
};

const base::Unit bandwidth_units[] = {
    {"Bps", 1},        {"B/s", 1},         {"bps", 1 / 8.0L},  {"b/s", 1 / 8.0L},   {"baud", 1 / 8.0L},
    {"k", 1e3L},       {"K", 1e3L},        {"M", 1e6L},        {"G", 1e9L},         {"kBps", 1e3L},
    {"KBps", 1e3L},    {"MBps", 1e6L},     {"GBps", 1e9L},     {"kB/s", 1e3L},      {"KB/s", 1e3L},
    {"MB/s", 1e6L},    {"GB/s", 1e9L},     {"kbps", 125},      {"Kbps", 125},       {"Mbps", 125e3L},
    {"Gbps", 125e6L},  {"kb/s", 125},      {"Kb/s", 125},      {"Mb/s", 125e3L},    {"Gb/s", 125e6L},
    {"kbaud", 125},    {"Mbaud", 125e3L},  {"Gbaud", 125e6L},  {"KiBps", 1024},     {"MiBps", 1048576},
    {"GiBps", 1073741824},
};

template <typename T>
bool store_rounded(long double value, T &result, int &status, const ArgContext &args)
{
    T rounded;
    if (!round_to(value, rounded)) {
        status = NumArg::status_range;
        if constexpr (std::is_signed_v<T>)
            args.error("out of range, bound %lld", static_cast<long long>(rounded));
        else
            args.error("out of range, bound %llu", static_cast<unsigned long long>(rounded));
        return false;
    }
    status = NumArg::status_ok;
    result = rounded;
    return true;
}

bool invalid(int &status, const ArgContext &args, const char *what)
{
    status = NumArg::status_inval;
    args.error("%s", what);
    return false;
}

template <typename T>
bool fixed_point(const String &text, long double factor, T &result, int &status, const ArgContext &args)
{
    long double value;
    if (!parse_real(text, value))
        return invalid(status, args, "invalid number");
    return store_rounded(value * factor, result, status, args);
}

template <typename T>
bool seconds(const String &text, int digits, T &result, int &status, const ArgContext &args)
{
    long double value;
    bool unit;
    if (!base::parse_with_unit(text, time_units, std::size(time_units), value, unit))
        return invalid(status, args, "invalid time");
    return store_rounded(value * std::pow(10.0L, digits), result, status, args);
}

template <typename T>
bool bandwidth(const String &text, T &result, int &status, const ArgContext &args)
{
    long double value;
    bool unit;
    if (!base::parse_with_unit(text, bandwidth_units, std::size(bandwidth_units), value, unit))
        return invalid(status, args, "invalid bandwidth");
    if (!store_rounded(value, result, status, args))
        return false;
    if (!unit && result)
        status = NumArg::status_unitless;
    return true;
}

// The base that the text chooses, behind whose prefix `s` moves.
int choose_base(const char *&s, const char *end, int base)
{
    const char letter = end - s > 2 && *s == '0' ? static_cast<char>(s[1] | 32) : 0;
    if (letter == 'x' && (base == 0 || base == 16) && isxdigit(static_cast<unsigned char>(s[2]))) {
        s += 2;
        return 16;
    }
    if (letter == 'b' && (base == 0 || base == 2) && (s[2] == '0' || s[2] == '1')) {
        s += 2;
        return 2;
    }
    return base ? base : end - s > 1 && *s == '0' ? 8 : 10;
}

int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

}  // namespace

const char *IntArg::parse(const char *begin, const char *end, bool &negative, uint64_t &magnitude)
{
    const char *s = begin;
    status = status_ok;
    negative = s < end && *s == '-';
    s += s < end && (*s == '-' || *s == '+');
    const int base = choose_base(s, end, _base);
    const char *digits = s;
    magnitude = 0;
    for (; s < end; ++s) {
        // Underscores may separate digits.
        if (*s == '_' && s > digits && s + 1 < end && digit_value(s[1]) < base)
            continue;
        const int digit = digit_value(*s);
        if (digit >= base)
            break;
        unsigned __int128 next = static_cast<unsigned __int128>(magnitude) * static_cast<unsigned>(base) + static_cast<unsigned>(digit);
        if (next > UINT64_MAX) {
            status = status_range;
            next = UINT64_MAX;
        }
        magnitude = static_cast<uint64_t>(next);
    }
    if (s == digits) {
        status = status_inval;
        return begin;
    }
    return s;
}

bool NamedIntArg::parse_named(const String &text, int32_t &result, const ArgContext &args) const
{
    return NameInfo::query_int(_type, args.context(), text, &result);
}

bool BoolArg::parse(const String &text, bool &result, const ArgContext &)
{
    return cp_bool(text, &result);
}

bool DoubleArg::parse(const String &text, double &result, const ArgContext &args)
{
    long double value;
    if (!parse_real(text, value))
        return invalid(status, args, "invalid number");
    status = status_ok;
    result = static_cast<double>(value);
    return true;
}

bool FixedPointArg::parse(const String &text, int32_t &result, const ArgContext &args)
{
    return fixed_point(text, std::ldexp(1.0L, fraction_bits) * std::pow(10.0L, exponent), result, status, args);
}
bool FixedPointArg::parse(const String &text, uint32_t &result, const ArgContext &args)
{
    return fixed_point(text, std::ldexp(1.0L, fraction_bits) * std::pow(10.0L, exponent), result, status, args);
}
bool FixedPointArg::parse(const String &text, int64_t &result, const ArgContext &args)
{
    return fixed_point(text, std::ldexp(1.0L, fraction_bits) * std::pow(10.0L, exponent), result, status, args);
}
bool FixedPointArg::parse(const String &text, uint64_t &result, const ArgContext &args)
{
    return fixed_point(text, std::ldexp(1.0L, fraction_bits) * std::pow(10.0L, exponent), result, status, args);
}

bool DecimalFixedPointArg::parse(const String &text, int32_t &result, const ArgContext &args)
{
    return fixed_point(text, std::pow(10.0L, fraction_digits + exponent), result, status, args);
}
bool DecimalFixedPointArg::parse(const String &text, uint32_t &result, const ArgContext &args)
{
    return fixed_point(text, std::pow(10.0L, fraction_digits + exponent), result, status, args);
}
bool DecimalFixedPointArg::parse(const String &text, uint32_t &integer, uint32_t &fraction, const ArgContext &args)
{
    uint64_t all;
    if (!fixed_point(text, std::pow(10.0L, fraction_digits + exponent), all, status, args))
        return false;
    const uint64_t unit = static_cast<uint64_t>(std::pow(10.0L, fraction_digits));
    if (all / unit > UINT32_MAX)
        return invalid(status, args, "out of range, bound 4294967295");
    integer = static_cast<uint32_t>(all / unit);
    fraction = static_cast<uint32_t>(all % unit);
    return true;
}

bool SecondsArg::parse(const String &text, uint32_t &result, const ArgContext &args)
{
    return seconds(text, fraction_digits, result, status, args);
}
bool SecondsArg::parse(const String &text, int32_t &result, const ArgContext &args)
{
    return seconds(text, fraction_digits, result, status, args);
}
bool SecondsArg::parse(const String &text, uint64_t &result, const ArgContext &args)
{
    return seconds(text, fraction_digits, result, status, args);
}
bool SecondsArg::parse(const String &text, double &result, const ArgContext &args)
{
    long double value;
    bool unit;
    if (!base::parse_with_unit(text, time_units, std::size(time_units), value, unit))
        return invalid(status, args, "invalid time");
    status = status_ok;
    result = static_cast<double>(value * std::pow(10.0L, fraction_digits));
    return true;
}

bool TimestampArg::parse(const String &text, Timestamp &result, const ArgContext &args)
{
    int64_t ns;
    if (!seconds(text, 9, ns, status, args))
        return false;
    if (ns < 0 && !is_signed) {
        args.error("out of range, bound 0");
        status = status_range;
        return false;
    }
    result = Timestamp::make_nsec(static_cast<Timestamp::value_type>(ns));
    return true;
}

bool BandwidthArg::parse(const String &text, uint32_t &result, const ArgContext &args)
{
    return bandwidth(text, result, status, args);
}
bool BandwidthArg::parse(const String &text, uint64_t &result, const ArgContext &args)
{
    return bandwidth(text, result, status, args);
}
