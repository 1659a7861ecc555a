// SPDX-License-Identifier: Apache-2.0
#include <click/glue.hh>
#include <click/straccum.hh>
#include <cctype>
#include <charconv>
#include <cstdio>

void StringAccum::grow(int needed)
{
    size_t capacity = std::max(static_cast<size_t>(needed) + 1, static_cast<size_t>(this->capacity()) * 2);
    _block = String::resize_block(_block, std::max(capacity, size_t{64}));
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
    *reserve(1) = 0;
    return data();
}

void StringAccum::resize(int length)
{
    if (length > _length)
        reserve(length - _length);
    _length = length;
}

void StringAccum::append_fill(int c, int length)
{
    if (length > 0)
        memset(extend(length), c, static_cast<size_t>(length));
}

void StringAccum::append_utf8(int c)
{
    auto tail = [this](int bits) { append(static_cast<char>(0x80 | (bits & 0x3F))); };
    if (c < 0x80)
        append(static_cast<char>(c));
    else if (c < 0x800) {
        append(static_cast<char>(0xC0 | (c >> 6)));
        tail(c);
    } else if (c < 0x10000) {
        append(static_cast<char>(0xE0 | (c >> 12)));
        tail(c >> 6);
        tail(c);
    } else {
        append(static_cast<char>(0xF0 | (c >> 18)));
        tail(c >> 12);
        tail(c >> 6);
        tail(c);
    }
}

void StringAccum::append_numeric(intmax_t x, int base, bool uppercase)
{
    uintmax_t magnitude = static_cast<uintmax_t>(x);
    if (x < 0) {
        append('-');
        magnitude = 0 - magnitude;
    }
    append_numeric(magnitude, base, uppercase);
}

void StringAccum::append_numeric(uintmax_t x, int base, bool uppercase)
{
    char buffer[72];
    char *end = std::to_chars(buffer, buffer + sizeof(buffer), x, base).ptr;
    if (uppercase && base > 10)
        for (char *s = buffer; s < end; ++s)
            *s = static_cast<char>(toupper(static_cast<unsigned char>(*s)));
    append(buffer, static_cast<int>(end - buffer));
}

void StringAccum::append_break_lines(const String &text, int line_length, const String &left_margin)
{
    const int width = std::max(line_length - left_margin.length(), 1);
    const char *s = text.begin();
    while (s < text.end()) {
        const char *limit = text.end() - s > width ? s + width : text.end();
        const char *cut = limit;
        while (limit < text.end() && cut > s && !isspace(static_cast<unsigned char>(*cut)))
            --cut;
        if (cut == s)
            cut = limit;
        append(left_margin);
        append(s, cut);
        append('\n');
        for (s = cut; s < text.end() && isspace(static_cast<unsigned char>(*s));)
            ++s;
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
    if (n > 0) {
        int written = ::vsnprintf(reserve(n), static_cast<size_t>(n), format, val);
        _length += std::min(std::max(written, 0), n - 1);
    }
    return *this;
}

String StringAccum::take_string()
{
    if (!_length)
        return String();
    _block->used.store(static_cast<uint32_t>(_length), std::memory_order_relaxed);
    String result(_block->data, _length, _block);
    _block->references.store(1, std::memory_order_relaxed);  // the accumulator's own share goes to the result
    _block = nullptr;
    _length = 0;
    return result;
}

char *StringAccum::take()
{
    char *s = new char[static_cast<size_t>(_length) + 1];
    memcpy(s, data(), static_cast<size_t>(_length));
    s[_length] = 0;
    clear();
    return s;
}

StringAccum &operator<<(StringAccum &sa, long x)
{
    return sa.append_numeric(static_cast<intmax_t>(x)), sa;
}

StringAccum &operator<<(StringAccum &sa, unsigned long x)
{
    return sa.append_numeric(static_cast<uintmax_t>(x)), sa;
}

StringAccum &operator<<(StringAccum &sa, double x)
{
    return sa.snprintf(64, "%.12g", x);
}

StringAccum &operator<<(StringAccum &sa, const void *p)
{
    return sa.snprintf(32, "%p", p);
}
