// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/glue.hh>
#include <click/straccum.hh>
#include <click/string.hh>
#include <algorithm>
#include <charconv>

const char String::null_data = 0;
const char String::oom_data = 0;

String::Block *String::make_block(size_t capacity)
{
    capacity = std::max(capacity, size_t{24}) + sizeof(Block::data);
    void *memory = std::malloc(offsetof(Block, data) + capacity);
    if (!memory)
        throw std::bad_alloc();
    Block *block = static_cast<Block *>(memory);
    new (&block->references) std::atomic<uint32_t>(1);
    new (&block->used) std::atomic<uint32_t>(0);
    new (&block->terminator) std::atomic<uint32_t>(UINT32_MAX);
    block->capacity = static_cast<uint32_t>(capacity);
    return block;
}

// Only while nobody shares the block.
String::Block *String::resize_block(Block *block, size_t capacity)
{
    void *memory = std::realloc(static_cast<void *>(block), offsetof(Block, data) + capacity);
    if (!memory)
        throw std::bad_alloc();
    block = static_cast<Block *>(memory);
    block->capacity = static_cast<uint32_t>(capacity);
    return block;
}

void String::free_block(Block *block)
{
    std::free(block);
}

void String::assign_copy(const char *s, int length)
{
    if (length < 0)
        length = s ? static_cast<int>(strlen(s)) : 0;
    if (length == 0) {
        reset();
        return;
    }
    _block = make_block(static_cast<size_t>(length) + 1);
    memcpy(_block->data, s, static_cast<size_t>(length));
    char *data = _block->data;  // the array goes on behind its declared end
    data[length] = '\0';
    _block->used.store(static_cast<uint32_t>(length), std::memory_order_relaxed);
    _data = data;
    _length = length;
}

// Tries to get the n characters behind this string, if they are nobody's yet.
bool String::claim(uint32_t n) const
{
    if (!_block)
        return false;
    uint32_t end = static_cast<uint32_t>(_data + _length - _block->data);
    return _block->capacity - end >= n && _block->used.compare_exchange_strong(end, end + n);
}

String::String(bool x) : String(x ? make_stable("true", 4) : make_stable("false", 5)) {}

String::String(double x) : String()
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
    static const String out(&oom_data, 0, nullptr);
    return out;
}

String String::make_uninitialized(int length)
{
    String s;
    if (length > 0)
        s.append_uninitialized(length);
    return s;
}

String String::make_fill(int c, int length)
{
    String s;
    s.append_fill(c, length);
    return s;
}

String String::make_stable(const char *s, int length)
{
    if (length < 0)
        length = static_cast<int>(strlen(s));
    return length ? String(s, length, nullptr) : String();
}

template <typename T>
static String numeric(T x, int base, bool uppercase)
{
    char buffer[72];
    char *end = std::to_chars(buffer, buffer + sizeof buffer, x, base).ptr;
    if (uppercase)
        for (char *s = buffer; s < end; ++s)
            if (*s >= 'a')
                *s -= 'a' - 'A';
    return String(buffer, static_cast<int>(end - buffer));
}

String String::make_numeric(intmax_t x, int base, bool uppercase)
{
    return numeric(x, base, uppercase);
}

String String::make_numeric(uintmax_t x, int base, bool uppercase)
{
    return numeric(x, base, uppercase);
}

const char *String::c_str() const
{
    if (_length == 0)
        return &null_data;
    if (_block) {
        const uint32_t end = static_cast<uint32_t>(_data + _length - _block->data);
        if (_block->terminator.load(std::memory_order_acquire) == end)
            return _data;
        if (claim(1)) {
            const_cast<char *>(_data)[_length] = '\0';
            _block->terminator.store(end, std::memory_order_release);
            return _data;
        }
    }
    String copy(_data, _length);
    copy.claim(1);
    copy._block->terminator.store(static_cast<uint32_t>(_length), std::memory_order_release);
    const_cast<String *>(this)->swap(copy);
    return _data;
}

hashcode_t String::hashcode(const char *begin, const char *end)
{
    uint64_t h = 0xCBF29CE484222325u ^ static_cast<uint64_t>(end - begin);
    for (; end - begin >= 8; begin += 8) {
        uint64_t word;
        memcpy(&word, begin, 8);
        h = (h ^ word) * 0x9E3779B97F4A7C15u;
        h ^= h >> 32;
    }
    for (; begin < end; ++begin)
        h = (h ^ static_cast<unsigned char>(*begin)) * 0x100000001B3u;
    return static_cast<hashcode_t>(h ^ (h >> 29));
}

String String::substring(int position, int length) const
{
    if (position < 0)
        position += _length;
    int64_t end = length < 0 ? int64_t{_length} + length : int64_t{position} + length;
    int from = std::clamp(position, 0, _length);
    int to = static_cast<int>(std::min<int64_t>(end, _length));
    return substring(_data + from, _data + std::max(from, to));
}

static bool space(char c)
{
    return isspace(static_cast<unsigned char>(c));
}

String String::trim_space_left() const
{
    return substring(std::find_if_not(begin(), end(), space), end());
}

String String::trim_space_right() const
{
    const char *s = end();
    while (s > begin() && space(s[-1]))
        --s;
    return substring(begin(), s);
}

static int position(size_t found)
{
    return found == std::string_view::npos ? -1 : static_cast<int>(found);
}

int String::find_left(char c, int start) const
{
    return position(view().find(c, static_cast<size_t>(std::max(start, 0))));
}

int String::find_left(const String &s, int start) const
{
    return position(view().find(s.view(), static_cast<size_t>(std::max(start, 0))));
}

int String::find_right(char c, int start) const
{
    return start < 0 ? -1 : position(view().rfind(c, static_cast<size_t>(start)));
}

int String::find_right(const String &s, int start) const
{
    return start < 0 ? -1 : position(view().rfind(s.view(), static_cast<size_t>(start)));
}

bool String::starts_with(const char *s, int length) const
{
    return view().starts_with(std::string_view(s, length < 0 ? strlen(s) : static_cast<size_t>(length)));
}

bool String::ends_with(const char *s, int length) const
{
    return view().ends_with(std::string_view(s, length < 0 ? strlen(s) : static_cast<size_t>(length)));
}

bool String::glob_match(const String &pattern) const
{
    return ::glob_match(*this, pattern);
}

template <typename F>
static String mapped(const String &s, F f)
{
    String result(s.data(), s.length());
    char *data = result.mutable_data();
    std::transform(s.begin(), s.end(), data, f);
    return result;
}

String String::lower() const
{
    auto changes = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (std::none_of(begin(), end(), changes))
        return *this;
    return mapped(*this, [&](char c) { return changes(c) ? static_cast<char>(c + 'a' - 'A') : c; });
}

String String::upper() const
{
    auto changes = [](char c) { return c >= 'a' && c <= 'z'; };
    if (std::none_of(begin(), end(), changes))
        return *this;
    return mapped(*this, [&](char c) { return changes(c) ? static_cast<char>(c - 'a' + 'A') : c; });
}

String String::printable(int type) const
{
    StringAccum sa;
    for (char ch : *this) {
        unsigned char c = static_cast<unsigned char>(ch);
        if (c >= 32 && c < 127)
            sa << ch;
        else if (c < 32 && type != 2)
            sa << '^' << static_cast<char>(c + 64);
        else
            sa.snprintf(5, "\\%03o", c);
    }
    return sa.take_string();
}

String String::quoted_hex() const
{
    static const char digits[] = "0123456789ABCDEF";
    StringAccum sa(length() * 2 + 3);
    sa << "\\<";
    for (const unsigned char *s = ubegin(); s != uend(); ++s)
        sa << digits[*s >> 4] << digits[*s & 15];
    sa << '>';
    return sa.take_string();
}

String String::encode_json() const
{
    StringAccum sa;
    for (char c : *this)
        switch (c) {
        case '"':
        case '\\':
        case '/':
            sa << '\\' << c;
            break;
        case '\b':
            sa << "\\b";
            break;
        case '\f':
            sa << "\\f";
            break;
        case '\n':
            sa << "\\n";
            break;
        case '\r':
            sa << "\\r";
            break;
        case '\t':
            sa << "\\t";
            break;
        default:
            if (static_cast<unsigned char>(c) < 32)
                sa.snprintf(7, "\\u%04X", c);
            else
                sa << c;
        }
    return sa.take_string();
}

bool String::equals(const char *s, int length) const
{
    if (length < 0)
        length = static_cast<int>(strlen(s));
    return _length == length && (_data == s || memcmp(_data, s, static_cast<size_t>(length)) == 0);
}

int String::compare(const char *s, int length) const
{
    return view().compare(std::string_view(s, length < 0 ? strlen(s) : static_cast<size_t>(length)));
}

char *String::append_uninitialized(int length)
{
    if (length <= 0)
        return const_cast<char *>(_data + _length);
    if (!claim(static_cast<uint32_t>(length))) {
        // Room for as much again, so that repeated appending is linear.
        Block *block = make_block(static_cast<size_t>(_length) * (_length ? 2 : 1) + static_cast<size_t>(length) + 1);
        memcpy(block->data, _data, static_cast<size_t>(_length));
        block->used.store(static_cast<uint32_t>(_length + length), std::memory_order_relaxed);
        unref();
        _block = block;
        _data = block->data;
    }
    char *s = const_cast<char *>(_data) + _length;
    _length += length;
    return s;
}

void String::append(const char *s, int length)
{
    if (length < 0)
        length = static_cast<int>(strlen(s));
    if (length == 0)
        return;
    if (_length == 0 && !_block) {
        assign_copy(s, length);
        return;
    }
    String keep;  // what is appended may be part of this string
    const char *data = _block ? _block->data : nullptr;
    if (data && s >= data && s <= data + _block->capacity)
        keep = *this;
    memcpy(append_uninitialized(length), s, static_cast<size_t>(length));
}

void String::append_fill(int c, int length)
{
    if (length > 0)
        memset(append_uninitialized(length), c, static_cast<size_t>(length));
}

char *String::mutable_data()
{
    if (_length && is_shared())
        *this = String(_data, _length);
    return const_cast<char *>(_data);
}

char *String::mutable_c_str()
{
    mutable_data();
    return const_cast<char *>(c_str());
}

String String::unique() const
{
    return is_shared() ? String(_data, _length) : *this;
}

// One bracket expression; `p` is behind the '['. Returns its end, or null if it is not closed.
static const char *match_set(const char *p, const char *end, char c, bool &matched)
{
    bool negated = p < end && (*p == '^' || *p == '!');
    p += negated;
    matched = false;
    for (bool first = true; p < end && (*p != ']' || first); first = false) {
        unsigned char low = static_cast<unsigned char>(*p++), high = low;
        if (end - p >= 2 && *p == '-' && p[1] != ']') {
            high = static_cast<unsigned char>(p[1]);
            p += 2;
        }
        unsigned char u = static_cast<unsigned char>(c);
        matched |= low <= u && u <= high;
    }
    matched ^= negated;
    return p < end ? p + 1 : nullptr;
}

bool glob_match(const String &text, const String &pattern)
{
    const char *t = text.begin(), *p = pattern.begin();
    const char *star = nullptr, *resume = nullptr;  // where to go on after one more character for the last '*'
    while (t < text.end() || p < pattern.end()) {
        if (p < pattern.end()) {
            if (*p == '*') {
                star = ++p;
                resume = t;
                continue;
            }
            if (t < text.end()) {
                const char *next = p + 1;
                bool matched = *p == '?' || *p == *t;
                if (*p == '[') {
                    bool in_set;
                    if (const char *after = match_set(p + 1, pattern.end(), *t, in_set)) {
                        matched = in_set;
                        next = after;
                    }
                } else if (*p == '\\' && p + 1 < pattern.end()) {
                    matched = p[1] == *t;
                    next = p + 2;
                }
                if (matched) {
                    ++t;
                    p = next;
                    continue;
                }
            }
        }
        if (!star || resume >= text.end())
            return false;
        t = ++resume;
        p = star;
    }
    return true;
}
