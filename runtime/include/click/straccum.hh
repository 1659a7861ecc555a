// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_STRACCUM_HH
#define CLICK_STRACCUM_HH
#include <click/string.hh>
#include <cstdarg>
#include <cstdint>
#include <string_view>

// Builds a string piece by piece; take_string() hands it over without copying.
class StringAccum {
  public:
    typedef char *iterator;
    typedef const char *const_iterator;
    typedef int (StringAccum::*unspecified_bool_type)() const;

    StringAccum() = default;
    explicit StringAccum(int capacity) { reserve(capacity); }
    explicit StringAccum(const char *s) { append(s); }
    explicit StringAccum(const String &s) { append(s); }
    StringAccum(const StringAccum &other) { append(other.data(), other.length()); }
    StringAccum(StringAccum &&other) noexcept { swap(other); }
    ~StringAccum() { release(); }
    StringAccum &operator=(const StringAccum &other)
    {
        if (&other != this) {
            clear();
            append(other.data(), other.length());
        }
        return *this;
    }
    StringAccum &operator=(StringAccum &&other) noexcept
    {
        swap(other);
        return *this;
    }

    char *data() { return _block ? _block->data : const_cast<char *>(String::empty_data()); }
    const char *data() const { return _block ? _block->data : String::empty_data(); }
    unsigned char *udata() { return reinterpret_cast<unsigned char *>(data()); }
    const unsigned char *udata() const { return reinterpret_cast<const unsigned char *>(data()); }
    int length() const { return _length; }
    int capacity() const { return _block ? static_cast<int>(_block->capacity) : 0; }
    operator unspecified_bool_type() const { return _length ? &StringAccum::length : nullptr; }
    bool operator!() const { return _length == 0; }
    bool empty() const { return _length == 0; }
    bool out_of_memory() const { return false; }
    // Terminated; good until the next change.
    const char *c_str();
    std::string_view view() const { return {data(), static_cast<size_t>(_length)}; }

    iterator begin() { return data(); }
    const_iterator begin() const { return data(); }
    iterator end() { return data() + _length; }
    const_iterator end() const { return data() + _length; }
    char &operator[](int i) { return data()[i]; }
    char operator[](int i) const { return data()[i]; }
    char &front() { return data()[0]; }
    char front() const { return data()[0]; }
    char &back() { return data()[_length - 1]; }
    char back() const { return data()[_length - 1]; }

    // Room for n more characters, to be written and then counted with adjust_length().
    char *reserve(int n);
    void adjust_length(int delta) { _length += delta; }
    void forward(int delta) { adjust_length(delta); }
    void set_length(int length) { _length = length; }
    // The length grows by `n` at once; `spare` more characters of room follow.
    char *extend(int n, int spare = 0)
    {
        char *s = reserve(n + spare);
        _length += n;
        return s;
    }
    void clear() { _length = 0; }
    void pop_back(int n = 1) { _length -= n; }
    void resize(int length);

    void append(char c)
    {
        *extend(1) = c;
    }
    void append(unsigned char c) { append(static_cast<char>(c)); }
    void append(const char *s) { append(s, static_cast<int>(strlen(s))); }
    void append(const char *s, int length);
    void append(const unsigned char *s, int length) { append(reinterpret_cast<const char *>(s), length); }
    void append(const char *begin, const char *end) { append(begin, static_cast<int>(end - begin)); }
    void append(const String &s) { append(s.data(), s.length()); }
    void append_fill(int c, int length);
    void append_utf8(int code_point);
    void append_numeric(intmax_t x, int base = 10, bool uppercase = true);
    void append_numeric(uintmax_t x, int base = 10, bool uppercase = true);
    // Breaks at spaces so that lines are at most `line_length` long, each behind `left_margin`.
    void append_break_lines(const String &text, int line_length, const String &left_margin = String());
    // At most `n` characters, the terminator included.
    StringAccum &snprintf(int n, const char *format, ...) __attribute__((format(printf, 3, 4)));
    StringAccum &vsnprintf(int n, const char *format, va_list val);

    String take_string();
    // A C string the caller frees with delete[].
    char *take();
    char *take_bytes() { return take(); }
    void swap(StringAccum &other) noexcept
    {
        std::swap(_block, other._block);
        std::swap(_length, other._length);
    }
    void align(int) {}
    void transfer_from(String &s)
    {
        append(s);
        s.clear();
    }

  private:
    String::Block *_block = nullptr;
    int _length = 0;

    void grow(int needed);
    void release();
};

inline char *StringAccum::reserve(int n)
{
    if (_length + n > capacity() || !_block)
        grow(_length + n);
    return data() + _length;
}

inline void StringAccum::append(const char *s, int length)
{
    if (length > 0)
        memcpy(extend(length), s, static_cast<size_t>(length));
}

inline StringAccum &operator<<(StringAccum &sa, char c)
{
    return sa.append(c), sa;
}
inline StringAccum &operator<<(StringAccum &sa, unsigned char c)
{
    return sa.append(static_cast<char>(c)), sa;
}
inline StringAccum &operator<<(StringAccum &sa, const char *s)
{
    return sa.append(s), sa;
}
inline StringAccum &operator<<(StringAccum &sa, const String &s)
{
    return sa.append(s), sa;
}
inline StringAccum &operator<<(StringAccum &sa, const StringAccum &other)
{
    return sa.append(other.data(), other.length()), sa;
}
inline StringAccum &operator<<(StringAccum &sa, std::string_view s)
{
    return sa.append(s.data(), static_cast<int>(s.size())), sa;
}
inline StringAccum &operator<<(StringAccum &sa, bool x)
{
    return sa << (x ? "true" : "false");
}
StringAccum &operator<<(StringAccum &sa, long x);
StringAccum &operator<<(StringAccum &sa, unsigned long x);
StringAccum &operator<<(StringAccum &sa, double x);
inline StringAccum &operator<<(StringAccum &sa, short x)
{
    return sa << static_cast<long>(x);
}
inline StringAccum &operator<<(StringAccum &sa, unsigned short x)
{
    return sa << static_cast<unsigned long>(x);
}
inline StringAccum &operator<<(StringAccum &sa, int x)
{
    return sa << static_cast<long>(x);
}
inline StringAccum &operator<<(StringAccum &sa, unsigned x)
{
    return sa << static_cast<unsigned long>(x);
}
inline StringAccum &operator<<(StringAccum &sa, long long x)
{
    return sa << static_cast<long>(x);
}
inline StringAccum &operator<<(StringAccum &sa, unsigned long long x)
{
    return sa << static_cast<unsigned long>(x);
}
StringAccum &operator<<(StringAccum &sa, const void *p);

#endif
