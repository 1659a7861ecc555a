// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/variableenv.hh>
#include <click/confparse.hh>
#include <click/straccum.hh>
#include <click/vector.hh>
#include <cctype>

namespace {

constexpr int max_depth = 10;
constexpr int max_length = 1 << 20;  // what a few definitions that double each other could otherwise grow beyond

bool name_char(char c)
{
    return isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// Steps over one piece of text that hides special characters: an escape, a quoted string, a comment, or one character.
const char *skip_piece(const char *s, const char *end)
{
    if (*s == '\\' && end - s > 1)
        return s + 2;
    if (*s != '"' && *s != '\'')
        return s + 1;
    char quote = *s++;
    while (s < end && *s != quote)
        s += *s == '\\' && quote == '"' && end - s > 1 ? 2 : 1;
    return s < end ? s + 1 : s;
}

// The end of a bracketed text whose opening bracket lies just before `s`; null when there is none.
const char *find_closing(const char *s, const char *end, char open, char close)
{
    for (int depth = 1; s < end; s = skip_piece(s, end)) {
        if (*s == open)
            ++depth;
        else if (*s == close && --depth == 0)
            return s;
    }
    return nullptr;
}

class Expansion {
  public:
    Expansion(const String &text, const VariableExpander &expander, bool quoted, int depth)
        : _text(text), _s(text.begin()), _end(text.end()), _expander(expander), _quote_values(quoted), _depth(depth)
    {
    }

    String run()
    {
        while (_s < _end && _result.length() < max_length) {
            if (*_s == '$' && _quote != '\'' && variable())
                continue;
            copy();
        }
        _result.append(_s, _end - _s);
        return _result.take_string();
    }

  private:
    const String &_text;
    const char *_s;
    const char *_end;
    const VariableExpander &_expander;
    char _quote = 0;
    bool _quote_values;
    int _depth;
    StringAccum _result;

    void copy()
    {
        const char *start = _s;
        if (*_s == '\\' && _quote != '\'' && _end - _s > 1 && (_quote || _s[1] == '<'))
            _s += 2;
        else if (!_quote && *_s == '/' && _end - _s > 1 && (_s[1] == '/' || _s[1] == '*'))
            skip_comment();
        else
            toggle_quote(*_s++);
        _result.append(start, _s - start);
    }

    void toggle_quote(char c)
    {
        if (_quote == c)
            _quote = 0;
        else if (!_quote && (c == '"' || c == '\''))
            _quote = c;
    }

    void skip_comment()
    {
        bool line = _s[1] == '/';
        for (_s += 2; _s < _end; ++_s) {
            if (line ? *_s == '\n' || *_s == '\r' : _s[-1] == '/' && _s[-2] == '*')
                return;
        }
    }

    // At a dollar. True when something was put out and _s moved on.
    bool variable()
    {
        const char *s = _s + 1;
        if (s == _end)
            return false;
        if (*s == '{' || *s == '(')
            return bracketed(s);
        const char *name_end = s;
        while (name_end < _end && name_char(*name_end))
            ++name_end;
        if (name_end == s && (*s == '?' || *s == '#' || *s == '$'))
            ++name_end;
        String value;
        if (name_end == s || !_expander.expand(String(s, name_end - s), value, 0, _depth))
            return false;
        insert(value);
        _s = name_end;
        return true;
    }

    bool bracketed(const char *open)
    {
        char close = *open == '{' ? '}' : ')';
        const char *end = find_closing(open + 1, _end, *open, close);
        if (!end)
            return false;
        String inside = cp_expand(String(open + 1, end - open - 1), _expander, false, _depth + 1);
        String value;
        bool known = *open == '{' ? braced(inside, value) : _expander.expand(inside, value, '(', _depth);
        if (known)
            insert(value);
        else
            _result << '$' << *open << inside << close;
        _s = end + 1;
        return true;
    }

    // name, name[i] or name-default
    bool braced(const String &inside, String &value)
    {
        const char *s = inside.begin();
        while (s < inside.end() && (name_char(*s) || (s == inside.begin() && (*s == '?' || *s == '#' || *s == '$'))))
            ++s;
        String name(inside.begin(), s - inside.begin());
        String rest(s, inside.end() - s);
        bool known = _expander.expand(name, value, '{', _depth);
        if (rest && rest[0] == '-') {
            if (!known)
                value = rest.substring(1, rest.length() - 1);
            return true;
        }
        if (known && rest && rest[0] == '[')
            value = word(value, rest);
        return known;
    }

    static String word(const String &value, const String &index)
    {
        Vector<String> words;
        cp_spacevec(value, words);
        int at = 0;
        const char *s = index.begin() + 1;
        for (; s < index.end() && isdigit(static_cast<unsigned char>(*s)) && at < max_length; ++s)
            at = at * 10 + (*s - '0');
        bool valid = s > index.begin() + 1 && s < index.end() && *s == ']';
        return valid && at < words.size() ? words[at] : String();
    }

    void insert(const String &value)
    {
        if (_quote != '"') {
            _result << (_quote_values ? cp_quote(value) : value);
            return;
        }
        String quoted = cp_quote(value);
        bool enclosed = quoted.length() >= 2 && quoted[0] == '"' && quoted.back() == '"';
        _result << (enclosed ? quoted.substring(1, quoted.length() - 2) : quoted);
    }
};

}  // namespace

const VariableEnvironment *VariableEnvironment::limit_depth(int depth) const
{
    const VariableEnvironment *scope = this;
    for (int d = this->depth(); d > depth && scope->_parent; --d)
        scope = scope->_parent;
    return scope;
}

bool VariableEnvironment::add(const Entry &entry, bool replace)
{
    for (Entry &old : _entries)
        if (old.name == entry.name) {
            if (replace)
                old = entry;
            return false;
        }
    _entries.push_back(entry);
    return true;
}

VariableEnvironment::Found VariableEnvironment::find(const String &name) const
{
    for (const VariableEnvironment *scope = this; scope; scope = scope->_parent)
        for (const Entry &entry : scope->_entries)
            if (entry.name == name)
                return {scope, &entry};
    return {nullptr, nullptr};
}

int VariableEnvironment::expand(const String &name, String &expansion, int type, int depth) const
{
    if (type == '(')
        return false;
    Found found = find(name);
    if (!found.entry)
        return false;
    expansion = found.entry->value;
    if (found.entry->lazy)
        expansion = cp_expand(expansion, *found.scope, false, depth + 1);
    return true;
}

String cp_expand(const String &text, const VariableExpander &expander, bool expand_quote, int depth)
{
    if (depth > max_depth || text.find_left('$') < 0)
        return text;
    return Expansion(text, expander, expand_quote, depth).run();
}
