// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/language/tokenizer.hh"
#include <click/error.hh>
#include <click/straccum.hh>
#include <cctype>
#include <cstdlib>

namespace lang {
namespace {

bool word_char(char c)
{
    return isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '@';
}

Kind keyword(const String &text)
{
    if (text == "elementclass")
        return Kind::elementclass;
    if (text == "require")
        return Kind::require;
    if (text == "provide")
        return Kind::provide;
    if (text == "define")
        return Kind::define;
    return Kind::name;
}

}  // namespace

Tokenizer::Tokenizer(const String &text, const String &filename, ErrorHandler *errh)
    : _text(text), _at(_text.begin()), _end(_text.end()), _original_file(filename), _file(filename), _errh(errh)
{
}

Token Tokenizer::next()
{
    if (_peeked.empty())
        return scan();
    Token token = _peeked.front();
    _peeked.pop_front();
    return token;
}

const Token &Tokenizer::peek(int ahead)
{
    while (static_cast<int>(_peeked.size()) <= ahead)
        _peeked.push_back(scan());
    return _peeked[ahead];
}

// Steps over one line end: \n, \r\n or a lone \r. Directives that follow belong to the white space.
void Tokenizer::newline()
{
    if (*_at == '\r' && look(1) == '\n')
        ++_at;
    ++_at;
    ++_line;
}

// `# 12 "file"` or `#line 12 "file"` says where the next line comes from.
void Tokenizer::directive()
{
    const char *end = _at;
    while (end < _end && *end != '\n' && *end != '\r')
        ++end;
    const char *s = _at + 1;
    auto blanks = [&] {
        while (s < end && (*s == ' ' || *s == '\t'))
            ++s;
    };
    blanks();
    if (end - s > 4 && String(s, 4) == "line" && (s[4] == ' ' || s[4] == '\t'))
        s += 4;
    blanks();
    unsigned line = 0;
    const char *digits = s;
    while (s < end && isdigit(static_cast<unsigned char>(*s)) && s - digits < 9)
        line = line * 10 + static_cast<unsigned>(*s++ - '0');
    if (s == digits) {
        _errh->lerror(landmark().text(), "unknown preprocessor directive");
        _at = end;
        return;
    }
    blanks();
    if (s < end && *s == '"') {
        const char *name = ++s;
        while (s < end && *s != '"')
            s += *s == '\\' && end - s > 1 ? 2 : 1;
        _file = s == name ? _original_file : String(name, s - name);
    }
    _at = end;
    _line = line - 1;  // the line end that follows adds one
}

bool Tokenizer::skip_comment()
{
    if (look(0) != '/')
        return false;
    if (look(1) == '/') {
        while (_at < _end && *_at != '\n' && *_at != '\r')
            ++_at;
        return true;
    }
    if (look(1) != '*')
        return false;
    _at += 2;
    while (_at < _end && !(*_at == '*' && look(1) == '/')) {
        if (*_at == '\n' || *_at == '\r')
            newline();
        else
            ++_at;
    }
    _at = _end - _at >= 2 ? _at + 2 : _end;
    return true;
}

void Tokenizer::skip_blanks()
{
    while (_at < _end) {
        if (*_at == '\n' || *_at == '\r')
            newline();
        else if (isspace(static_cast<unsigned char>(*_at)))
            ++_at;
        else if (*_at == '#' && at_line_start())
            directive();
        else if (!skip_comment())
            return;
    }
}

Token Tokenizer::make(Kind kind, const char *begin, const char *end, const Landmark &at)
{
    _at = end;
    return {kind, String(begin, end - begin), at};
}

Token Tokenizer::scan_name()
{
    const char *s = _at;
    while (s < _end && (word_char(*s) || (*s == '/' && _end - s > 1 && word_char(s[1]))))
        ++s;
    Token token = make(Kind::name, _at, s, landmark());
    token.kind = keyword(token.text);
    return token;
}

Token Tokenizer::scan_operator()
{
    static const struct {
        const char *text;
        int length;
        Kind kind;
    } operators[] = {{"->", 2, Kind::arrow},
                     {"=>", 2, Kind::double_arrow},
                     {"::", 2, Kind::colons},
                     {"||", 2, Kind::bars},
                     {"...", 3, Kind::dots}};
    for (const auto &op : operators)
        if (_end - _at >= op.length && String(_at, op.length) == op.text)
            return make(op.kind, _at, _at + op.length, landmark());
    const char *s = _at + 1;
    while ((*_at & 0x80) && s < _end && (*s & 0x80))  // keep a multi-byte character together
        ++s;
    return make(Kind::other, _at, s, landmark());
}

Token Tokenizer::scan()
{
    skip_blanks();
    if (_at == _end)
        return {Kind::end, String(), landmark()};
    if (word_char(*_at))
        return scan_name();
    if (*_at == '$' && (isalnum(static_cast<unsigned char>(look(1))) || look(1) == '_')) {
        const char *begin = ++_at;
        while (_at < _end && (isalnum(static_cast<unsigned char>(*_at)) || *_at == '_'))
            ++_at;
        return make(Kind::variable, begin, _at, landmark());
    }
    return scan_operator();
}

void Tokenizer::skip_to(char c)
{
    while (_at < _end && *_at != c) {
        if (*_at == '\n' || *_at == '\r')
            newline();
        else
            ++_at;
    }
    if (_at < _end)
        ++_at;
}

// Steps over a quoted string; inside double quotes a backslash hides the next character.
void Tokenizer::skip_quoted()
{
    char quote = *_at++;
    if (quote == '\'')
        return skip_to(quote);
    while (_at < _end && *_at != quote) {
        if (*_at == '\\' && look(1) == '<')
            skip_to('>');
        else if (*_at == '\n' || *_at == '\r')
            newline();
        else if (*_at == '\\' && look(1) && look(1) != '\n' && look(1) != '\r')
            _at += 2;
        else
            ++_at;
    }
    if (_at < _end)
        ++_at;
}

String Tokenizer::configuration(bool &closed)
{
    StringAccum sa;
    const char *start = _at;
    for (int depth = 1; _at < _end;) {
        if (*_at == '(' || *_at == ')') {
            depth += *_at == '(' ? 1 : -1;
            if (depth == 0)
                break;
            ++_at;
        } else if (*_at == '#' && at_line_start()) {
            sa.append(start, _at - start);
            directive();
            start = _at;
        } else if (*_at == '\'' || *_at == '"') {
            skip_quoted();
        } else if (*_at == '\\' && look(1) == '<') {
            skip_to('>');
        } else if (*_at == '\n' || *_at == '\r') {
            newline();
        } else if (!skip_comment()) {
            ++_at;
        }
    }
    sa.append(start, _at - start);
    closed = _at < _end;
    if (closed)
        ++_at;
    return sa.take_string();
}

}  // namespace lang
