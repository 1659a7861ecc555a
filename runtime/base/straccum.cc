// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/straccum.hh>
#include <algorithm>
#include <charconv>
#include <cstdio>

void StringAccum::grow(int needed)
{
    size_t capacity = std::max<size_t>(static_cast<size_t>(needed) + 1, _block ? size_t{2} * _block->capacity : 120);
    _block = _block ? String::resize_block(_block, capacity) : String::make_block(capacity);
}

void StringAccum::release()
{
    if (_block)
        String::free_block(_block);
    _block = nullptr;
    _length = 0;
}

const char *StringAccum::c_str()
{
    *reserve(1) = '\0';
    return data();
}

String StringAccum::take_string()
{
    String result;
    if (_length > 0) {
        _block->used.store(static_cast<uint32_t>(_length), std::memory_order_relaxed);
        result._block = _block;
        result._data = _block->data;
        result._length = _length;
        _block = nullptr;
        _length = 0;
    }
    return result;
}

char *StringAccum::take()
{
    char *s = new char[static_cast<size_t>(_length) + 1];
    memcpy(s, data(), static_cast<size_t>(_length));
    s[_length] = '\0';
    release();
    return s;
}

void StringAccum::resize(int length)
{
    if (length > _length)
        append_fill(0, length - _length);
    _length = length;
}

void StringAccum::append_fill(int c, int length)
{
    if (length > 0)
        memset(extend(length), c, static_cast<size_t>(length));
}

void StringAccum::append_utf8(int c)
{
    auto tail = [c](int shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
    if (c < 0 || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
        c = 0xFFFD;
    if (c < 0x80)
        append(static_cast<char>(c));
    else if (c < 0x800)
        *this << static_cast<char>(0xC0 | (c >> 6)) << tail(0);
    else if (c < 0x10000)
        *this << static_cast<char>(0xE0 | (c >> 12)) << tail(6) << tail(0);
    else
        *this << static_cast<char>(0xF0 | (c >> 18)) << tail(12) << tail(6) << tail(0);
}

void StringAccum::append_numeric(intmax_t x, int base, bool uppercase)
{
    append(String::make_numeric(x, base, uppercase));
}

void StringAccum::append_numeric(uintmax_t x, int base, bool uppercase)
{
    append(String::make_numeric(x, base, uppercase));
}

void StringAccum::append_break_lines(const String &text, int line_length, const String &left_margin)
{
    const int room = line_length - left_margin.length();
    const char *s = text.begin(), *end = text.end();
    while (s < end) {
        const char *line_end = find(s, end, '\n');
        if (line_end - s > room) {
            const char *best = nullptr;
            for (const char *p = s; p < line_end && (p - s <= room || !best); ++p)
                if (*p == ' ')
                    best = p;
            line_end = best ? best : line_end;
        }
        *this << left_margin;
        append(s, line_end);
        *this << '\n';
        s = line_end < end ? line_end + 1 : end;
    }
}

StringAccum &StringAccum::snprintf(int n, const char *format, ...)
{
    va_list val;
    va_start(val, format);
    vsnprintf(n, format, val);
    va_end(val);
    return *this;
}

StringAccum &StringAccum::vsnprintf(int n, const char *format, va_list val)
{
    char *s = reserve(n + 1);
    int length = ::vsnprintf(s, static_cast<size_t>(n) + 1, format, val);
    adjust_length(std::clamp(length, 0, n));
    return *this;
}

template <typename T>
static void append_number(StringAccum &sa, T x)
{
    char *s = sa.reserve(24);
    sa.adjust_length(static_cast<int>(std::to_chars(s, s + 24, x).ptr - s));
}

StringAccum &operator<<(StringAccum &sa, long x)
{
    append_number(sa, x);
    return sa;
}

StringAccum &operator<<(StringAccum &sa, unsigned long x)
{
    append_number(sa, x);
    return sa;
}

StringAccum &operator<<(StringAccum &sa, double x)
{
    return sa.snprintf(64, "%.12g", x);
}

StringAccum &operator<<(StringAccum &sa, const void *p)
{
    return sa.snprintf(24, "%p", p);
}
