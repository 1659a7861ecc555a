// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_STRING_HH
#define CLICK_STRING_HH
#include <click/algorithm.hh>
#include <click/config.h>
#include <click/hashcode.hh>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

// Theory of operation
//
// A String is a range of characters that it does not change. The characters live in a *block* that any number of strings
// share, or in memory that never goes away (a *stable* string, without block). Copies and substrings cost no allocation.
//
// A block knows how many of its characters are in use. Appending to a string that ends exactly there, with room behind
// it, extends the block in place; whoever claims the room first (atomically) gets it, others copy. So building a string
// step by step is linear:
//
//   a = "ab" (block "ab......", used 2)     b = a; b += "c"  -> same block, used 3     a += "x" -> own copy: a ends at 2
//
// c_str() claims one character of room for the terminator in the same way.
class String {
    struct Block {
        std::atomic<uint32_t> references;
        std::atomic<uint32_t> used;
        std::atomic<uint32_t> terminator;  // position of the last one that c_str() wrote
        uint32_t capacity;
        char data[8];
    };

  public:
    typedef const char *const_iterator;
    typedef const_iterator iterator;
    typedef const unsigned char *const_unsigned_iterator;
    typedef int (String::*unspecified_bool_type)() const;

    enum { max_length = 0x7FFFFFE0 };

    String() : _data(&null_data), _length(0), _block(nullptr) {}
    String(const String &other) : _data(other._data), _length(other._length), _block(other._block) { ref(); }
    String(String &&other) noexcept : _data(other._data), _length(other._length), _block(other._block)
    {
        other.reset();
    }
    String(const char *s) { assign_copy(s, s ? static_cast<int>(strlen(s)) : 0); }
    // A negative length means up to the terminator.
    String(const char *s, int length) { assign_copy(s, length); }
    String(const unsigned char *s, int length) { assign_copy(reinterpret_cast<const char *>(s), length); }
    String(const char *begin, const char *end) { assign_copy(begin, range(begin, end)); }
    String(const unsigned char *begin, const unsigned char *end)
    {
        assign_copy(reinterpret_cast<const char *>(begin), range(begin, end));
    }
    explicit String(std::string_view s) { assign_copy(s.data(), static_cast<int>(s.size())); }
    explicit String(bool x);
    explicit String(char c) { assign_copy(&c, 1); }
    explicit String(unsigned char c) { assign_copy(reinterpret_cast<const char *>(&c), 1); }
    explicit String(int x) : String(make_numeric(static_cast<intmax_t>(x))) {}
    explicit String(unsigned x) : String(make_numeric(static_cast<uintmax_t>(x))) {}
    explicit String(long x) : String(make_numeric(static_cast<intmax_t>(x))) {}
    explicit String(unsigned long x) : String(make_numeric(static_cast<uintmax_t>(x))) {}
    explicit String(long long x) : String(make_numeric(static_cast<intmax_t>(x))) {}
    explicit String(unsigned long long x) : String(make_numeric(static_cast<uintmax_t>(x))) {}
    explicit String(double x);
    ~String() { unref(); }

    static const String &make_empty();
    static const String &make_out_of_memory();
    // Room to write through mutable_data().
    static String make_uninitialized(int length);
    static String make_garbage(int length) { return make_uninitialized(length); }
    static String make_fill(int c, int length);
    // For memory that lives as long as the program, such as literals.
    static String make_stable(const char *s) { return make_stable(s, static_cast<int>(strlen(s))); }
    static String make_stable(const char *s, int length);
    static String make_stable(const char *begin, const char *end) { return make_stable(begin, range(begin, end)); }
    static String make_numeric(intmax_t x, int base = 10, bool uppercase = true);
    static String make_numeric(uintmax_t x, int base = 10, bool uppercase = true);

    const char *data() const { return _data; }
    int length() const { return _length; }
    // Terminated by a NUL; good until the string changes.
    const char *c_str() const;
    std::string_view view() const { return {_data, static_cast<size_t>(_length)}; }

    operator unspecified_bool_type() const { return _length ? &String::length : nullptr; }
    bool empty() const { return _length == 0; }
    bool operator!() const { return _length == 0; }

    const_iterator begin() const { return _data; }
    const_iterator end() const { return _data + _length; }
    const_unsigned_iterator ubegin() const { return reinterpret_cast<const unsigned char *>(_data); }
    const_unsigned_iterator uend() const { return ubegin() + _length; }
    template <typename Index>
        requires std::is_integral_v<Index>
    char operator[](Index i) const
    {
        return _data[i];
    }
    char at(int i) const { return _data[i]; }
    char front() const { return _data[0]; }
    char back() const { return _data[_length - 1]; }

    hashcode_t hashcode() const { return hashcode(begin(), end()); }
    static hashcode_t hashcode(const char *begin, const char *end);
    static hashcode_t hashcode(const unsigned char *begin, const unsigned char *end)
    {
        return hashcode(reinterpret_cast<const char *>(begin), reinterpret_cast<const char *>(end));
    }

    // ---- parts. Positions count from the end when negative; what lies outside the string is left out.
    String substring(const char *begin, const char *end) const
    {
        if (begin < end && begin >= _data && end <= _data + _length)
            return String(begin, static_cast<int>(end - begin), _block);
        return String();
    }
    String substring(const unsigned char *begin, const unsigned char *end) const
    {
        return substring(reinterpret_cast<const char *>(begin), reinterpret_cast<const char *>(end));
    }
    // `length` negative: leave out that many characters at the end.
    String substring(int position, int length) const;
    String substring(int position) const { return substring(position, _length); }
    String trim_space() const { return trim_space_left().trim_space_right(); }
    String trim_space_left() const;
    String trim_space_right() const;

    // ---- searching; -1 when not found
    int find_left(char c, int start = 0) const;
    int find_left(const String &s, int start = 0) const;
    int find_right(char c, int start = max_length) const;
    int find_right(const String &s, int start = max_length) const;
    bool starts_with(const char *s, int length) const;
    bool starts_with(const String &s) const { return starts_with(s._data, s._length); }
    bool ends_with(const char *s, int length) const;
    bool ends_with(const String &s) const { return ends_with(s._data, s._length); }
    // Shell patterns: * ? [a-z] [^a] and backslash.
    bool glob_match(const String &pattern) const;

    // ---- other forms of the text
    String lower() const;
    String upper() const;
    // Control characters as ^X or \ooo.
    String printable(int type = 0) const;
    // \<48656C6C6F>
    String quoted_hex() const;
    String encode_json() const;

    bool equals(const char *s, int length) const;
    bool equals(const String &s) const { return equals(s._data, s._length); }
    int compare(const char *s, int length) const;
    int compare(const String &s) const { return compare(s._data, s._length); }
    static int compare(const String &a, const String &b) { return a.compare(b); }

    // ---- changing which characters this string names
    String &operator=(const String &other)
    {
        if (&other != this) {
            other.ref();
            unref();
            take(other);
        }
        return *this;
    }
    String &operator=(String &&other) noexcept
    {
        swap(other);
        return *this;
    }
    String &operator=(const char *s) { return *this = String(s); }
    void swap(String &other) noexcept
    {
        std::swap(_data, other._data);
        std::swap(_length, other._length);
        std::swap(_block, other._block);
    }
    void assign(const char *s, int length) { *this = String(s, length); }
    void assign(const char *begin, const char *end) { *this = String(begin, end); }
    void clear()
    {
        unref();
        reset();
    }

    void append(const String &s) { append(s._data, s._length); }
    void append(const char *s) { append(s, static_cast<int>(strlen(s))); }
    void append(const char *s, int length);
    void append(const char *begin, const char *end) { append(begin, range(begin, end)); }
    void append(char c) { append(&c, 1); }
    void append_fill(int c, int length);
    // Returns where the new characters are to be written.
    char *append_uninitialized(int length);
    char *append_garbage(int length) { return append_uninitialized(length); }
    String &operator+=(const String &s) { return append(s), *this; }
    String &operator+=(const char *s) { return append(s), *this; }
    String &operator+=(char c) { return append(c), *this; }

    // Characters that may be written: the string gets its own block first.
    char *mutable_data();
    char *mutable_c_str();
    String unique() const;
    void align(int) {}

    bool is_shared() const { return !_block || _block->references.load(std::memory_order_acquire) > 1; }
    bool is_stable() const { return !_block; }
    bool out_of_memory() const { return _data == &oom_data; }
    bool data_shared() const { return is_shared(); }
    static const char *empty_data() { return &null_data; }
    static const char *out_of_memory_data() { return &oom_data; }

  private:
    const char *_data;
    int _length;
    Block *_block;

    static const char null_data;
    static const char oom_data;

    String(const char *data, int length, Block *block) : _data(data), _length(length), _block(block) { ref(); }

    template <typename C>
    static int range(const C *begin, const C *end)
    {
        return begin < end ? static_cast<int>(end - begin) : 0;
    }
    void ref() const
    {
        if (_block)
            _block->references.fetch_add(1, std::memory_order_relaxed);
    }
    void unref()
    {
        if (_block && _block->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
            free_block(_block);
    }
    void reset()
    {
        _data = &null_data;
        _length = 0;
        _block = nullptr;
    }
    void take(const String &other)
    {
        _data = other._data;
        _length = other._length;
        _block = other._block;
    }
    void assign_copy(const char *s, int length);
    bool claim(uint32_t n) const;

    static Block *make_block(size_t capacity);
    static Block *resize_block(Block *block, size_t capacity);
    static void free_block(Block *block);

    friend class StringAccum;
};

inline hashcode_t hashcode(const String &s)
{
    return s.hashcode();
}

inline bool operator==(const String &a, const String &b)
{
    return a.equals(b);
}
inline bool operator==(const String &a, const char *b)
{
    return a.equals(b, static_cast<int>(strlen(b)));
}
inline bool operator==(const char *a, const String &b)
{
    return b == a;
}
inline bool operator!=(const String &a, const String &b)
{
    return !(a == b);
}
inline bool operator!=(const String &a, const char *b)
{
    return !(a == b);
}
inline bool operator!=(const char *a, const String &b)
{
    return !(b == a);
}
inline bool operator<(const String &a, const String &b)
{
    return a.compare(b) < 0;
}
inline bool operator<=(const String &a, const String &b)
{
    return a.compare(b) <= 0;
}
inline bool operator>(const String &a, const String &b)
{
    return a.compare(b) > 0;
}
inline bool operator>=(const String &a, const String &b)
{
    return a.compare(b) >= 0;
}

inline String operator+(String a, const String &b)
{
    return a += b, a;
}
inline String operator+(String a, const char *b)
{
    return a += b, a;
}
inline String operator+(const char *a, const String &b)
{
    return String(a) + b;
}
inline String operator+(String a, char b)
{
    return a += b, a;
}

// The first `c`, or the end.
inline const char *find(const char *begin, const char *end, char c)
{
    const void *p = begin < end ? memchr(begin, static_cast<unsigned char>(c), static_cast<size_t>(end - begin)) : nullptr;
    return p ? static_cast<const char *>(p) : end;
}
inline const char *find(const String &s, char c)
{
    return find(s.begin(), s.end(), c);
}

inline String trim_space(const String &s)
{
    return s.trim_space();
}

bool glob_match(const String &text, const String &pattern);

#endif
