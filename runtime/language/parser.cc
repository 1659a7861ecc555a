// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/language/parser.hh"
#include "runtime/base/spelling.hh"
#include "runtime/language/library.hh"
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/package.hh>

namespace lang {

Parser::Parser(const String &text, const String &filename, ErrorHandler *errh)
    : _text(text), _filename(filename), _errh(errh)
{
}

// Latest first: a class holds on to earlier ones, and a long chain of them must not be freed by recursion.
Parser::~Parser()
{
    while (!_classes.empty())
        _classes.pop_back();
}

std::shared_ptr<const Body> Parser::parse()
{
    Scope top(nullptr, String(), {_filename, 1});
    Tokenizer tokens(_text, _filename, _errh);
    _scope = &top;
    _tokens = &tokens;
    _libraries.insert(_filename);
    statements();
    _scope = nullptr;
    return top.finish(_errh);
}

// Reads to the end of the file, whatever stands in between.
void Parser::statements()
{
    while (!peek().is(Kind::end))
        if (!statement())
            syntax_error(next());
}

void Parser::syntax_error(const Token &token)
{
    if (token.is(Kind::end))
        _errh->lerror(token.at.text(), "syntax error near end of file");
    else
        _errh->lerror(token.at.text(), "syntax error near %<%s%>", token.text.c_str());
}

void Parser::error(const Landmark &at, const char *format, const String &name)
{
    _errh->lerror(at.text(), format, name.c_str());
}

// Returns something to go on with.
ClassRef Parser::complain_of_class(const Token &name)
{
    String hint = base::spelling_hint(name.text, _scope->class_names());
    _errh->lerror(name.at.text(), "unknown element class %<%s%>%s", name.text.c_str(), hint.c_str());
    return unknown_class(name.text);
}

ClassRef Parser::keep(std::shared_ptr<ElementClass> type)
{
    _classes.push_back(type);
    return type;
}

// Stands in for a class that does not exist, so that reading can go on.
ClassRef Parser::unknown_class(const String &name)
{
    auto type = std::make_shared<ElementClass>();
    type->kind = ElementClass::unknown;
    type->name = name;
    return keep(type);
}

// The class that `name` stands for where only a class can be meant.
ClassRef Parser::find_class(const String &name)
{
    ClassRef type = _scope->find_class(name);
    return !type && _assume_classes ? _scope->assume_class(name) : type;
}

// Reads one statement. False, with nothing consumed, at what ends the surroundings: `}`, `)`, `||`, or the file.
bool Parser::statement()
{
    const Token &token = peek();
    switch (token.kind) {
    case Kind::end:
    case Kind::bars:
    case Kind::dots:
        return false;
    case Kind::elementclass:
        definition_statement();
        return true;
    case Kind::define:
        define_statement();
        return true;
    case Kind::require:
        require_statement();
        return true;
    case Kind::name:
    case Kind::arrow:
    case Kind::double_arrow:
        chain();
        return true;
    case Kind::provide:
    case Kind::variable:
    case Kind::colons:
        syntax_error(next());
        return true;
    case Kind::other:
        break;
    }
    if (token.is('}') || token.is(')'))
        return false;
    if (token.is(';'))
        next();
    else if (token.is('[') || token.is('{') || token.is('('))
        chain();
    else
        syntax_error(next());
    return true;
}

// elementclass NAME { ... }   or   elementclass NAME OTHER
void Parser::definition_statement()
{
    next();
    Token name = peek();
    if (!name.is(Kind::name))
        return syntax_error(next());
    next();
    if (peek().is('{')) {
        ClassRef extended = _scope->find_class(name.text);
        if (ClassRef type = compound(name.text, extended))
            _scope->define_class(name.text, type);
    } else if (peek().is(Kind::name)) {
        Token other = next();
        ClassRef type = find_class(other.text);
        if (!type)
            type = complain_of_class(other);
        _scope->define_class(name.text, type);
    } else {
        syntax_error(next());
    }
}

// The raw text between the parentheses after a keyword.
String Parser::statement_arguments(bool &ok)
{
    ok = false;
    Token open = next();
    if (!open.is('(')) {
        syntax_error(open);
        return String();
    }
    String text = _tokens->configuration(ok);
    if (!ok)
        _errh->lerror(_tokens->landmark().text(), "expected %<)%>");
    return text;
}

void Parser::define_statement()
{
    Token keyword = next();
    bool ok;
    String text = statement_arguments(ok);
    Vector<String> arguments;
    cp_argvec(text, arguments);
    std::vector<std::pair<String, String>> &definitions = _scope->body().definitions;
    for (int i = 0; i < arguments.size(); ++i) {
        String value = arguments[i];
        String name = cp_shift_spacevec(value);
        if (name.length() < 2 || name[0] != '$') {
            if (name)
                error(keyword.at, "bad parameter definition %<%s%>", name);
            continue;
        }
        name = name.substring(1, name.length() - 1);
        bool known = false;
        for (const auto &definition : definitions)
            known = known || definition.first == name;
        for (const Formal &formal : _scope->body().formals)
            known = known || formal.name == name;
        if (known)
            error(keyword.at, "parameter %<$%s%> multiply defined", name);
        else
            definitions.emplace_back(name, value);
    }
}

void Parser::require_statement()
{
    Token keyword = next();
    bool ok;
    String text = statement_arguments(ok);
    Vector<String> arguments;
    cp_argvec(text, arguments);
    for (int i = 0; i < arguments.size(); ++i)
        requirement(arguments[i], keyword.at);
}

void Parser::requirement(const String &text, const Landmark &at)
{
    Vector<String> words;
    cp_spacevec(text, words);
    if (words.size() == 1 && words[0] == "compact_config") {
        _compact = true;
        _requirements.push_back("compact_config");
        _requirements.push_back(String());
        return;
    }
    bool is_library = words.size() == 2 && words[0] == "library";
    bool is_package = words.size() == 1 || (words.size() == 2 && words[0] == "package");
    String name = words.size() ? cp_unquote(words.back()) : String();
    if ((!is_library && !is_package) || !name || (is_library && (_scope->nested() || _scope->implicit_ports()))) {
        _errh->lerror(at.text(), "syntax error at requirement");
    } else if (is_library) {
        library(name, at);
    } else {
        _requirements.push_back("package");
        _requirements.push_back(name);
        if (!_assume_classes && !click_load_package(name, _errh))
            error(at, "requirement %<%s%> not available", name);
    }
}

// Reads another file in the place of the statement, the first time it is asked for.
void Parser::library(const String &name, const Landmark &at)
{
    String text;
    String path = find_library(name, _tokens->filename());
    if (!path || !read_library(path, text)) {
        error(at, "requirement %<%s%> not available", name);
        return;
    }
    if (!_libraries.insert(path).second)
        return;
    Tokenizer tokens(text, path, _errh);
    Tokenizer *outer = _tokens;
    _tokens = &tokens;
    statements();
    _tokens = outer;
}

}  // namespace lang
