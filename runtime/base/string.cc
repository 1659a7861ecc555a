// SPDX-License-Identifier: Apache-2.0
#include <click/glue.hh>
#include <click/straccum.hh>
#include <click/string.hh>
#include <cctype>
#include <new>

const char String::null_data = 0;
const char String::oom_data = 0;

String::Block *String::make_block(size_t capacity)
{
    return resize_block(nullptr, capacity);
}

String::Block *String::resize_block(Block *block, size_t capacity)
{
    bool fresh = !block;
    void *memory = realloc(static_cast<void *>(block), offsetof(Block, data) + capacity);
    if (!memory)
        throw std::bad_alloc();
    if (fresh) {
        block = new (memory) Block;
        block->references.store(1, std::memory_order_relaxed);
        block->used.store(0, std::memory_order_relaxed);
    } else
        block = static_cast<Block *>(memory);
    block->capacity = static_cast<uint32_t>(capacity);
    return block;
}

void String::free_block(Block *block)
{
    free(static_cast<void *>(block));
}

void String::assign_copy(const char *s, int length)
{
    reset();
    if (!s)
        return;
    if (length < 0)
        length = static_cast<int>(strlen(s));
    if (length == 0)
        return;
    _block = make_block(static_cast<size_t>(length) + 1);
    memcpy(_block->data, s, static_cast<size_t>(length));
    _block->used.store(static_cast<uint32_t>(length), std::memory_order_relaxed);
    _data = _block->data;
    _length = length;
}

// Claims n characters of the block right behind this string; false when somebody else has them or there is no room.
bool String::claim(uint32_t n) const
{
    if (!_block)
        return false;
    uint32_t end = static_cast<uint32_t>(_data + _length - _block->data), expected = end;
    return n <= _block->capacity - end && _block->used.compare_exchange_strong(expected, end + n);
}

String::String(bool x) : String(make_stable(x ? "true" : "false")) {}

String::String(double x) : _data(&null_data), _length(0), _block(nullptr)
{
    StringAccum sa;
    sa << x;
    *this = sa.take_string();
}

const String &String::make_empty()
{
    static const String empty;
    return empty;
}

const String &String::make_out_of_memory()
{
    static const String oom(&oom_data, 0, nullptr);
    return oom;
}

String String::make_stable(const char *s, int length)
{
    if (length < 0)
        length = static_cast<int>(strlen(s));
    return length ? String(s, length, nullptr) : String();
}

String String::make_uninitialized(int length)
{
    String s;
    (void) s.append_uninitialized(length);
    return s;
}

String String::make_fill(int c, int length)
{
    String s;
    s.append_fill(c, length);
    return s;
}

String String::make_numeric(intmax_t x, int base, bool uppercase)
{
    StringAccum sa;
    sa.append_numeric(x, base, uppercase);
    return sa.take_string();
}

String String::make_numeric(uintmax_t x, int base, bool uppercase)
{
    StringAccum sa;
    sa.append_numeric(x, base, uppercase);
    return sa.take_string();
}

const char *String::c_str() const
{
    if (_length == 0)
        return &null_data;
    if (claim(1)) {
        const_cast<char *>(_data)[_length] = 0;
        return _data;
    }
    // The character behind may already be a terminator that an earlier call put there.
    if (_block && _data + _length < _block->data + _block->used.load(std::memory_order_acquire) && _data[_length] == 0)
        return _data;
    String copy(_data, _length);
    copy._block->data[_length] = 0;
    copy._block->used.store(static_cast<uint32_t>(_length) + 1, std::memory_order_relaxed);
    const_cast<String *>(this)->swap(copy);
    return _data;
}

hashcode_t String::hashcode(const char *begin, const char *end)
{
    uint64_t h = 0xcbf29ce484222325ULL;  // FNV-1a, 64 bits
    for (; begin < end; ++begin)
        h = (h ^ static_cast<unsigned char>(*begin)) * 0x100000001b3ULL;
    return static_cast<hashcode_t>(h ^ (h >> 32));
}

String String::substring(int position, int length) const
{
    if (position < 0)
        position = std::max(position + _length, 0);
    int end = length < 0 ? _length + length : (length > _length - position ? _length : position + length);
    return end > position ? String(_data + position, end - position, _block) : String();
}

String String::trim_space_left() const
{
    const char *b = begin();
    while (b < end() && isspace(static_cast<unsigned char>(*b)))
        ++b;
    return substring(b, end());
}

String String::trim_space_right() const
{
    const char *e = end();
    while (e > begin() && isspace(static_cast<unsigned char>(e[-1])))
        --e;
    return substring(begin(), e);
}

int String::find_left(char c, int start) const
{
    for (int i = std::max(start, 0); i < _length; ++i)
        if (_data[i] == c)
            return i;
    return -1;
}

int String::find_left(const String &s, int start) const
{
    size_t at = view().find(s.view(), static_cast<size_t>(std::max(start, 0)));
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

int String::find_right(char c, int start) const
{
    for (int i = std::min(start, _length - 1); i >= 0; --i)
        if (_data[i] == c)
            return i;
    return -1;
}

int String::find_right(const String &s, int start) const
{
    if (start < 0)
        return -1;
    size_t at = view().rfind(s.view(), static_cast<size_t>(start));
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

bool String::starts_with(const char *s, int length) const
{
    if (length < 0)
        length = static_cast<int>(strlen(s));
    return length <= _length && memcmp(_data, s, static_cast<size_t>(length)) == 0;
}

bool String::ends_with(const char *s, int length) const
{
    if (length < 0)
        length = static_cast<int>(strlen(s));
    return length <= _length && memcmp(_data + _length - length, s, static_cast<size_t>(length)) == 0;
}

// One bracket expression, from behind its '['. Says whether c is in it; returns what follows the ']'.
static const char *match_bracket(const char *p, const char *end, char c, bool &matched)
{
    bool negated = p < end && (*p == '^' || *p == '!');
    if (negated)
        ++p;
    bool found = false;
    for (const char *first = p; p < end && (*p != ']' || p == first); ++p)
        if (p + 2 < end && p[1] == '-' && p[2] != ']') {
            found = found || (c >= p[0] && c <= p[2]);
            p += 2;
        } else
            found = found || *p == c;
    matched = found != negated;
    return p < end ? p + 1 : p;
}

// One pattern character against c; returns what follows it in the pattern.
static const char *match_one(const char *p, const char *end, char c, bool &matched)
{
    if (*p == '[')
        return match_bracket(p + 1, end, c, matched);
    if (*p == '\\' && p + 1 < end) {
        matched = p[1] == c;
        return p + 2;
    }
    matched = *p == '?' || *p == c;
    return p + 1;
}

bool String::glob_match(const String &pattern) const
{
    const char *s = begin(), *p = pattern.begin(), *pattern_end = pattern.end();
    const char *retry_s = nullptr, *retry_p = nullptr;  // behind the last star: where to try again
    while (s < end()) {
        bool matched = false;
        const char *next = p;
        if (p < pattern_end && *p == '*') {
            retry_p = ++p;
            retry_s = s;
            continue;
        }
        if (p < pattern_end)
            next = match_one(p, pattern_end, *s, matched);
        if (matched) {
            p = next;
            ++s;
        } else if (retry_p) {
            p = retry_p;
            s = ++retry_s;
        } else
            return false;
    }
    while (p < pattern_end && *p == '*')
        ++p;
    return p == pattern_end;
}

bool glob_match(const String &text, const String &pattern)
{
    return text.glob_match(pattern);
}

template <typename F> static String mapped(const String &s, F f)
{
    String result(s.data(), s.length());
    char *data = s.length() ? result.mutable_data() : nullptr;
    for (int i = 0; i < s.length(); ++i)
        data[i] = static_cast<char>(f(static_cast<unsigned char>(data[i])));
    return result;
}

String String::lower() const
{
    return mapped(*this, [](int c) { return tolower(c); });
}

String String::upper() const
{
    return mapped(*this, [](int c) { return toupper(c); });
}

String String::printable(int) const
{
    StringAccum sa;
    for (const unsigned char *s = ubegin(); s != uend(); ++s)
        if (*s >= 32 && *s < 127)
            sa << static_cast<char>(*s);
        else if (*s < 32)
            sa << '^' << static_cast<char>(*s + 64);
        else
            sa.snprintf(5, "\\%03o", *s);
    return sa.take_string();
}

String String::quoted_hex() const
{
    StringAccum sa;
    sa << "\\<";
    for (const unsigned char *s = ubegin(); s != uend(); ++s)
        sa.snprintf(3, "%02X", *s);
    sa << '>';
    return sa.take_string();
}

String String::encode_json() const
{
    StringAccum sa;
    for (const unsigned char *s = ubegin(); s != uend(); ++s)
        if (*s == '"' || *s == '\\')
            sa << '\\' << static_cast<char>(*s);
        else if (*s < 32)
            sa.snprintf(7, "\\u%04x", *s);
        else
            sa << static_cast<char>(*s);
    return sa.take_string();
}

bool String::equals(const char *s, int length) const
{
    if (length < 0)
        length = static_cast<int>(strlen(s));
    return length == _length && memcmp(_data, s, static_cast<size_t>(length)) == 0;
}

int String::compare(const char *s, int length) const
{
    if (length < 0)
        length = static_cast<int>(strlen(s));
    int r = memcmp(_data, s, static_cast<size_t>(std::min(_length, length)));
    return r ? r : _length - length;
}

void String::append(const char *s, int length)
{
    if (length < 0)
        length = static_cast<int>(strlen(s));
    if (length == 0)
        return;
    String keep(*this);  // `s` may point into this string
    memcpy(append_uninitialized(length), s, static_cast<size_t>(length));
}

void String::append_fill(int c, int length)
{
    if (length > 0)
        memset(append_uninitialized(length), c, static_cast<size_t>(length));
}

char *String::append_uninitialized(int length)
{
    if (length <= 0)
        return nullptr;
    if (!claim(static_cast<uint32_t>(length))) {
        size_t needed = static_cast<size_t>(_length) + static_cast<size_t>(length) + 1;
        Block *block = make_block(_length ? std::max(needed, static_cast<size_t>(_length) * 2) : needed);
        memcpy(block->data, _data, static_cast<size_t>(_length));
        block->used.store(static_cast<uint32_t>(_length + length), std::memory_order_relaxed);
        unref();
        _block = block;
        _data = block->data;
    }
    _length += length;
    return const_cast<char *>(_data) + _length - length;
}

char *String::mutable_data()
{
    if (_length && is_shared())
        *this = unique();
    return const_cast<char *>(_data);
}

char *String::mutable_c_str()
{
    (void) mutable_data();
    return const_cast<char *>(c_str());
}

String String::unique() const
{
    return String(_data, _length);
}
