// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/confparse.hh>
#include <click/glue.hh>
#include <click/straccum.hh>

// Quotes, comments and the splitting of configuration text.
//
// Everything here walks over text in steps of one *piece*: a quoted string, a \<hex> block, a comment, or a character.

namespace {

bool hex_digit(char c)
{
    return isxdigit(static_cast<unsigned char>(c));
}

int hex_value(char c)
{
    return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

// `s` points at a slash: the end of the comment that starts there, or `s` if none does.
const char *skip_comment(const char *s, const char *end)
{
    if (end - s < 2 || *s != '/')
        return s;
    if (s[1] == '/') {
        while (s < end && *s != '\n' && *s != '\r')
            ++s;
        return s;
    }
    if (s[1] != '*')
        return s;
    for (s += 2; s < end; ++s)
        if (*s == '*' && s + 1 < end && s[1] == '/')
            return s + 2;
    return end;
}

// `s` points at \<: the end of the hex block.
const char *skip_hex_block(const char *s, const char *end)
{
    for (s += 2; s < end && *s != '>';) {
        const char *after = skip_comment(s, end);
        s = after > s ? after : s + 1;
    }
    return s < end ? s + 1 : end;
}

// Appends the bytes of the hex block at `s`; an odd digit at its end is left out.
const char *append_hex_block(const char *s, const char *end, StringAccum &sa)
{
    int high = -1;
    for (s += 2; s < end && *s != '>';) {
        const char *after = skip_comment(s, end);
        if (after > s) {
            s = after;
            continue;
        }
        if (hex_digit(*s)) {
            if (high < 0)
                high = hex_value(*s);
            else {
                sa << static_cast<char>(high << 4 | hex_value(*s));
                high = -1;
            }
        }
        ++s;
    }
    return s < end ? s + 1 : end;
}

const char *skip_single_quote(const char *s, const char *end)
{
    s = find(s + 1, end, '\'');
    return s < end ? s + 1 : end;
}

bool is_hex_block(const char *s, const char *end)
{
    return end - s >= 2 && *s == '\\' && s[1] == '<';
}

// The end of the piece at `s`, which is not a comment.
const char *skip_piece(const char *s, const char *end)
{
    if (*s == '\'')
        return skip_single_quote(s, end);
    if (*s == '"')
        return cp_skip_double_quote(s, end);
    if (is_hex_block(s, end))
        return skip_hex_block(s, end);
    return s + 1;
}

bool needs_quotes(const String &text)
{
    if (!text)
        return true;
    for (const char *s = text.begin(); s < text.end(); ++s) {
        if (static_cast<unsigned char>(*s) <= 32 || static_cast<unsigned char>(*s) >= 127 || strchr("\"'\\$,;(){}#", *s))
            return true;
        if (skip_comment(s, text.end()) > s)
            return true;
    }
    return false;
}

// The text up to an unquoted character that `stops` accepts, uncommented and trimmed. `s` moves to that character.
template <typename F>
String take_until(const String &text, const char *&s, F stops)
{
    const char *begin = s, *end = text.end();
    while (s < end && !stops(*s)) {
        const char *after = skip_comment(s, end);
        s = after > s ? after : skip_piece(s, end);
    }
    return cp_uncomment(text.substring(begin, s));
}

}  // namespace

const char *cp_skip_space(const char *s, const char *end)
{
    while (s < end && cp_is_space(static_cast<unsigned char>(*s)))
        ++s;
    return s;
}

const char *cp_skip_comment_space(const char *s, const char *end)
{
    while (true) {
        const char *after = cp_skip_space(s, end);
        after = skip_comment(after, end);
        if (after == s)
            return s;
        s = after;
    }
}

const char *cp_skip_double_quote(const char *s, const char *end)
{
    for (++s; s < end && *s != '"';)
        s = is_hex_block(s, end) ? skip_hex_block(s, end) : s + (*s == '\\' && end - s > 1 ? 2 : 1);
    return s < end ? s + 1 : end;
}

bool cp_eat_space(String &text)
{
    const char *s = cp_skip_space(text.begin(), text.end());
    bool any = s != text.begin();
    text = text.substring(s, text.end());
    return any;
}

bool cp_is_space(const String &text)
{
    return cp_skip_space(text.begin(), text.end()) == text.end();
}

bool cp_is_word(const String &text)
{
    for (const char *s = text.begin(); s < text.end(); ++s) {
        unsigned char c = static_cast<unsigned char>(*s);
        if (c <= 32 || c >= 127 || strchr("\"'\\,", c) || skip_comment(s, text.end()) > s)
            return false;
    }
    return !text.empty();
}

bool cp_is_click_id(const String &text)
{
    const char *s = text.begin(), *end = text.end();
    bool digits = true;  // in the present component
    for (const char *component = s; s < end; ++s) {
        if (*s == '/') {
            if (s == component || s + 1 == end || digits)
                return false;
            component = s + 1;
            digits = true;
        } else if (!isdigit(static_cast<unsigned char>(*s))) {
            if (!isalnum(static_cast<unsigned char>(*s)) && *s != '_' && *s != '@')
                return false;
            digits = false;
        }
    }
    return !text.empty() && !digits;
}

String cp_uncomment(const String &text)
{
    const char *begin = cp_skip_comment_space(text.begin(), text.end()), *end = text.end();
    StringAccum sa;
    const char *kept = begin;   // from here on not yet copied to `sa`
    const char *last = begin;   // behind the last character that is neither space nor comment
    for (const char *s = begin; s < end;) {
        const char *after = skip_comment(s, end);
        if (after > s) {
            sa.append(kept, s);
            sa << ' ';
            s = kept = after;
            continue;
        }
        after = skip_piece(s, end);
        if (!cp_is_space(static_cast<unsigned char>(*s)))
            last = after;
        s = after;
    }
    if (kept == begin)
        return text.substring(begin, last);
    if (last <= kept) {
        // Only space and comments behind what was copied.
        while (sa && cp_is_space(static_cast<unsigned char>(sa.back())))
            sa.pop_back();
        return sa.take_string();
    }
    sa.append(kept, last);
    return sa.take_string();
}

const char *cp_process_backslash(const char *s, const char *end, StringAccum &sa)
{
    static const char letters[] = "abfnrtv";
    static const char meanings[] = "\a\b\f\n\r\t\v";
    if (end - s < 2) {
        sa << '\\';
        return end;
    }
    const char c = s[1];
    if (c == '<')
        return append_hex_block(s, end, sa);
    if (c == '\n' || c == '\r')
        return s + (c == '\r' && end - s > 2 && s[2] == '\n' ? 3 : 2);
    if (const char *letter = strchr(letters, c)) {
        sa << meanings[letter - letters];
        return s + 2;
    }
    if (c >= '0' && c <= '7') {
        int value = 0;
        const char *p = s + 1;
        for (; p < end && p < s + 4 && *p >= '0' && *p <= '7'; ++p)
            value = value * 8 + *p - '0';
        sa << static_cast<char>(value);
        return p;
    }
    if (c == 'x' && end - s > 2 && hex_digit(s[2])) {
        unsigned value = 0;
        const char *p = s + 2;
        for (; p < end && hex_digit(*p); ++p)
            value = value * 16 + static_cast<unsigned>(hex_value(*p));
        sa << static_cast<char>(value);
        return p;
    }
    sa << c;
    return s + 2;
}

String cp_unquote(const String &text)
{
    const char *s = text.begin(), *end = text.end();
    while (s < end && *s != '"' && *s != '\'' && !is_hex_block(s, end))
        ++s;
    if (s == end)
        return text;
    StringAccum sa;
    sa.append(text.begin(), s);
    while (s < end) {
        if (*s == '\'') {
            const char *close = find(s + 1, end, '\'');
            sa.append(s + 1, close);
            s = close < end ? close + 1 : end;
        } else if (*s == '"') {
            for (++s; s < end && *s != '"';) {
                if (*s == '\\')
                    s = cp_process_backslash(s, end, sa);
                else
                    sa << *s++;
            }
            s += s < end;
        } else if (is_hex_block(s, end))
            s = append_hex_block(s, end, sa);
        else
            sa << *s++;
    }
    return sa.take_string();
}

String cp_quote(const String &text, bool allow_newlines)
{
    if (!needs_quotes(text))
        return text;
    StringAccum sa(text.length() + 2);
    sa << '"';
    for (const char *s = text.begin(); s < text.end(); ++s) {
        const unsigned char c = static_cast<unsigned char>(*s);
        if (c == '\\' || c == '"' || c == '$')
            sa << '\\' << *s;
        else if (c == '\n' && allow_newlines)
            sa << *s;
        else if (c == '\t' || c == '\r' || c == '\n')
            sa << '\\' << (c == '\t' ? 't' : c == '\r' ? 'r' : 'n');
        else if (c < 32 || c >= 127)
            sa.snprintf(5, "\\%03o", c);
        else
            sa << *s;
    }
    sa << '"';
    return sa.take_string();
}

void cp_argvec(const String &text, Vector<String> &arguments)
{
    const char *s = text.begin(), *end = text.end();
    while (s < end) {
        String argument = take_until(text, s, [](char c) { return c == ','; });
        // An empty argument counts only with a comma behind it.
        if (argument || s < end)
            arguments.push_back(argument);
        s += s < end;
    }
}

String cp_unargvec(const Vector<String> &arguments)
{
    StringAccum sa;
    for (int i = 0; i < arguments.size(); ++i)
        sa << (i ? ", " : "") << arguments[i];
    // A final empty argument would be lost.
    if (arguments.size() && !arguments.back())
        sa << ',';
    return sa.take_string();
}

static String take_word(const String &text, const char *&s)
{
    s = cp_skip_comment_space(s, text.end());
    const char *begin = s, *end = text.end();
    while (s < end && !cp_is_space(static_cast<unsigned char>(*s)) && skip_comment(s, end) == s)
        s = skip_piece(s, end);
    return text.substring(begin, s);
}

void cp_spacevec(const String &text, Vector<String> &words)
{
    const char *s = text.begin();
    while (String word = take_word(text, s))
        words.push_back(word);
}

String cp_unspacevec(const String *begin, const String *end)
{
    StringAccum sa;
    for (const String *s = begin; s < end; ++s)
        sa << (s == begin ? "" : " ") << *s;
    return sa.take_string();
}

String cp_shift_spacevec(String &text)
{
    const char *s = text.begin();
    String word = take_word(text, s);
    text = text.substring(cp_skip_comment_space(s, text.end()), text.end());
    return word;
}

String cp_pop_spacevec(String &text)
{
    const char *s = text.begin(), *last = s, *before = s;
    String word;
    while (String next = take_word(text, s)) {
        word = next;
        before = last;
        last = s;
    }
    text = text.substring(text.begin(), before);
    return word;
}
