// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_LANGUAGE_TOKENIZER_HH
#define MIMI_LANGUAGE_TOKENIZER_HH
#include <click/string.hh>
#include <deque>

class ErrorHandler;

namespace lang {

// A place in a configuration, as messages show it.
struct Landmark {
    String file;
    unsigned line = 0;
    String text() const { return line ? file + ":" + String(line) : file; }
};

enum class Kind {
    end,
    name,      // identifier, number or path
    variable,  // $name; the text has no dollar
    arrow,
    double_arrow,
    colons,
    bars,
    dots,
    elementclass,
    require,
    provide,
    define,
    other  // one character; see Token::is()
};

struct Token {
    Kind kind = Kind::end;
    String text;
    Landmark at;
    bool is(Kind k) const { return kind == k; }
    bool is(char c) const { return kind == Kind::other && text.length() == 1 && text[0] == c; }
};

// Splits text into tokens and keeps account of lines and `# line` directives.
class Tokenizer {
  public:
    Tokenizer(const String &text, const String &filename, ErrorHandler *errh);

    Token next();
    const Token &peek(int ahead = 0);

    // The raw text up to the parenthesis that matches one just read; `closed` tells whether there was one.
    // No token may have been peeked at since.
    String configuration(bool &closed);

    const String &filename() const { return _original_file; }
    Landmark landmark() const { return {_file, _line}; }

  private:
    String _text;
    const char *_at;
    const char *_end;
    String _original_file;
    String _file;
    unsigned _line = 1;
    ErrorHandler *_errh;
    std::deque<Token> _peeked;

    Token scan();
    Token make(Kind kind, const char *begin, const char *end, const Landmark &at);
    Token scan_name();
    Token scan_operator();
    void skip_blanks();
    void newline();
    void directive();
    bool at_line_start() const { return _at == _text.begin() || _at[-1] == '\n' || _at[-1] == '\r'; }
    char look(int ahead) const { return _end - _at > ahead ? _at[ahead] : '\0'; }
    bool skip_comment();
    void skip_quoted();
    void skip_to(char c);
};

}  // namespace lang

#endif
