// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/glue.hh>
#include <click/straccum.hh>
#include "runtime/base/realnumber.hh"
#include <pwd.h>

// Single values to and from text. Where there is a parser class for the type, it does the work.

bool cp_string(const String &text, String *result, String *rest)
{
    String remainder = text;
    String word = cp_shift_spacevec(remainder);
    if (!word || (!rest && remainder))
        return false;
    *result = cp_unquote(word);
    if (rest)
        *rest = remainder;
    return true;
}

bool cp_word(const String &text, String *result, String *rest)
{
    String word, remainder;
    if (!cp_string(text, &word, rest ? &remainder : nullptr) || !cp_is_word(word))
        return false;
    *result = word;
    if (rest)
        *rest = remainder;
    return true;
}

bool cp_keyword(const String &text, String *result, String *rest)
{
    String word, remainder;
    if (!cp_word(text, &word, &remainder) || (!rest && remainder))
        return false;
    for (int i = 0; i < word.length(); ++i) {
        const unsigned char c = static_cast<unsigned char>(word[i]);
        if (!isalpha(c) && c != '_' && (i == 0 || (!isdigit(c) && !strchr(":.?!", c))))
            return false;
    }
    *result = word;
    if (rest)
        *rest = remainder;
    return true;
}

bool cp_filename(const String &text, String *result)
{
    String name;
    if (!cp_string(text, &name) || !name)
        return false;
    if (name[0] == '~') {
        const char *slash = find(name, '/');
        String user = name.substring(name.begin() + 1, slash);
        const char *home = user ? nullptr : getenv("HOME");
        if (const passwd *entry = home ? nullptr : user ? getpwnam(user.c_str()) : getpwuid(getuid()))
            home = entry->pw_dir;
        if (home)
            name = String(home) + name.substring(slash, name.end());
    }
    *result = name;
    return true;
}

bool cp_bool(const String &text, bool *result)
{
    const String s = text.lower();
    for (const char *word : {"1", "true", "yes", "t", "y"})
        if (s == word) {
            *result = true;
            return true;
        }
    for (const char *word : {"0", "false", "no", "f", "n"})
        if (s == word) {
            *result = false;
            return true;
        }
    return false;
}

// ---- integers

template <typename T>
static bool integer(const String &text, int base, T *result)
{
    return IntArg(base).parse(text, *result);
}

bool cp_integer(const String &text, int base, int *result)
{
    return integer(text, base, result);
}
bool cp_integer(const String &text, int base, unsigned *result)
{
    return integer(text, base, result);
}
bool cp_integer(const String &text, int base, long *result)
{
    return integer(text, base, result);
}
bool cp_integer(const String &text, int base, unsigned long *result)
{
    return integer(text, base, result);
}
bool cp_integer(const String &text, int base, long long *result)
{
    return integer(text, base, result);
}
bool cp_integer(const String &text, int base, unsigned long long *result)
{
    return integer(text, base, result);
}

template <typename T>
static const char *integer_prefix(const char *begin, const char *end, int base, T *result)
{
    bool negative;
    uint64_t magnitude;
    const char *after = IntArg(base).parse(begin, end, negative, magnitude);
    if (after > begin)
        IntArg(base).parse_saturating(String(begin, after), *result);
    return after;
}

const char *cp_integer(const char *begin, const char *end, int base, int *result)
{
    return integer_prefix(begin, end, base, result);
}
const char *cp_integer(const char *begin, const char *end, int base, unsigned *result)
{
    return integer_prefix(begin, end, base, result);
}
const char *cp_integer(const char *begin, const char *end, int base, long *result)
{
    return integer_prefix(begin, end, base, result);
}
const char *cp_integer(const char *begin, const char *end, int base, unsigned long *result)
{
    return integer_prefix(begin, end, base, result);
}

// ---- real numbers, times, rates

bool cp_real2(const String &text, int frac_bits, int32_t *result)
{
    return FixedPointArg(frac_bits).parse(text, *result);
}
bool cp_real2(const String &text, int frac_bits, uint32_t *result)
{
    return FixedPointArg(frac_bits).parse(text, *result);
}
bool cp_real10(const String &text, int frac_digits, int32_t *result)
{
    return DecimalFixedPointArg(frac_digits).parse(text, *result);
}
bool cp_real10(const String &text, int frac_digits, uint32_t *result)
{
    return DecimalFixedPointArg(frac_digits).parse(text, *result);
}
bool cp_real10(const String &text, int frac_digits, uint32_t *integer_part, uint32_t *fraction)
{
    return DecimalFixedPointArg(frac_digits).parse(text, *integer_part, *fraction);
}
bool cp_double(const String &text, double *result)
{
    return DoubleArg().parse(text, *result);
}
bool cp_seconds(const String &text, uint32_t *result)
{
    return SecondsArg().parse(text, *result);
}
bool cp_seconds(const String &text, double *result)
{
    return SecondsArg().parse(text, *result);
}
bool cp_seconds_as(const String &text, int frac_digits, uint32_t *result)
{
    return SecondsArg(frac_digits).parse(text, *result);
}
bool cp_seconds_as_milli(const String &text, uint32_t *result)
{
    return cp_seconds_as(text, 3, result);
}
bool cp_seconds_as_micro(const String &text, uint32_t *result)
{
    return cp_seconds_as(text, 6, result);
}
bool cp_time(const String &text, Timestamp *result, bool allow_negative)
{
    return TimestampArg(allow_negative).parse(text, *result);
}
bool cp_time(const String &text, timeval *result)
{
    Timestamp t;
    if (!cp_time(text, &t))
        return false;
    *result = t.tv();
    return true;
}
bool cp_bandwidth(const String &text, uint32_t *result)
{
    return BandwidthArg().parse(text, *result);
}

// ---- back to text

String cp_unparse_bool(bool x)
{
    return String(x);
}

// The shortest decimal fraction that leads back to `fraction` / 2^bits, at most 1.
static String shortest_fraction(uint64_t fraction, int bits, bool &carry)
{
    typedef unsigned __int128 wide;
    const wide half = bits ? wide{1} << (bits - 1) : 0;
    wide power = 1;
    carry = false;
    for (int digits = 0; digits <= 19; ++digits, power *= 10) {
        wide decimal = (wide{fraction} * power + half) >> bits;
        wide back = ((decimal << bits) + power / 2) / power;
        if (back != fraction && digits < 19)
            continue;
        if (decimal == power) {
            carry = true;
            return String();
        }
        if (digits == 0)
            return String();
        String text = String::make_numeric(static_cast<uintmax_t>(decimal));
        return "." + String::make_fill('0', digits - text.length()) + text;
    }
    return String();
}

String cp_unparse_real2(uint64_t x, int frac_bits)
{
    bool carry;
    uint64_t whole = frac_bits < 64 ? x >> frac_bits : 0;
    uint64_t fraction = frac_bits ? x & (~uint64_t{0} >> (64 - frac_bits)) : 0;
    String tail = shortest_fraction(fraction, frac_bits, carry);
    return String(static_cast<unsigned long>(whole + carry)) + tail;
}

String cp_unparse_real2(int64_t x, int frac_bits)
{
    return x < 0 ? "-" + cp_unparse_real2(uint64_t{0} - static_cast<uint64_t>(x), frac_bits)
                 : cp_unparse_real2(static_cast<uint64_t>(x), frac_bits);
}

String cp_unparse_real2(uint32_t x, int frac_bits)
{
    return cp_unparse_real2(uint64_t{x}, frac_bits);
}

String cp_unparse_real2(int32_t x, int frac_bits)
{
    return cp_unparse_real2(int64_t{x}, frac_bits);
}

String cp_unparse_real10(uint32_t x, int frac_digits)
{
    String digits(x);
    if (frac_digits <= 0)
        return digits;
    if (digits.length() <= frac_digits)
        digits = String::make_fill('0', frac_digits + 1 - digits.length()) + digits;
    const int point = digits.length() - frac_digits;
    int end = digits.length();
    while (end > point && digits[end - 1] == '0')
        --end;
    return end == point ? digits.substring(0, point)
                        : digits.substring(0, point) + "." + digits.substring(digits.begin() + point, digits.begin() + end);
}

String cp_unparse_real10(int32_t x, int frac_digits)
{
    return x < 0 ? "-" + cp_unparse_real10(uint32_t{0} - static_cast<uint32_t>(x), frac_digits)
                 : cp_unparse_real10(static_cast<uint32_t>(x), frac_digits);
}

String cp_unparse_milliseconds(uint32_t ms)
{
    return Timestamp::make_msec(static_cast<Timestamp::value_type>(ms)).unparse_interval();
}

String cp_unparse_microseconds(uint32_t us)
{
    return Timestamp::make_usec(static_cast<Timestamp::value_type>(us)).unparse_interval();
}

String cp_unparse_interval(const Timestamp &interval)
{
    return interval.unparse_interval();
}

String cp_unparse_interval(const timeval &interval)
{
    return Timestamp(interval).unparse_interval();
}

String cp_unparse_bandwidth(uint32_t bandwidth)
{
    const uint64_t bits = uint64_t{bandwidth} * 8;
    static const struct {
        uint64_t size;
        const char *name;
    } units[] = {{1000000000, "Gbps"}, {1000000, "Mbps"}, {1000, "kbps"}};
    for (const auto &unit : units)
        if (bits >= unit.size) {
            StringAccum sa;
            sa.snprintf(32, "%.10g", static_cast<double>(bits) / static_cast<double>(unit.size));
            sa << unit.name;
            return sa.take_string();
        }
    return String(bits) + "bps";
}
