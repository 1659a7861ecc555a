// SPDX-License-Identifier: Apache-2.0
// Compound elements `{ ... }`, their formal arguments, and groups `( ... )`.
#include <click/config.h>
#include "runtime/language/parser.hh"
#include <click/error.hh>

namespace lang {

// Reads `{ alternative || alternative || ... }`. `extended` is what the dots stand for.
ClassRef Parser::compound(const String &name, const ClassRef &extended)
{
    Token opening = next();
    if (_nesting >= max_nesting) {
        skip_nested(opening);
        return unknown_class(name);
    }
    ++_nesting;
    auto type = std::make_shared<ElementClass>();
    type->kind = ElementClass::compound;
    type->name = name;
    Landmark at = opening.at;
    do {
        type->alternatives.push_back(alternative(name, at));
        at = peek().at;
    } while (!compound_end(*type, extended, opening.at));
    --_nesting;
    return keep(type);
}

// At what ended an alternative: true when the compound ends there too.
bool Parser::compound_end(ElementClass &type, const ClassRef &extended, const Landmark &opening)
{
    if (peek().is(Kind::end)) {
        _errh->lerror(opening.text(), "expected %<}%>");
        return true;
    }
    if (next().is('}'))
        return true;
    if (!peek().is(Kind::dots))
        return false;
    Token dots = next();
    if (extended)
        type.extended = extended;
    else
        error(dots.at, "cannot extend unknown element class %<%s%>", type.name);
    if (!peek().is('}')) {
        dots_not_last(dots);
        return false;
    }
    next();
    return true;
}

void Parser::dots_not_last(const Token &dots)
{
    _errh->lerror(dots.at.text(), "%<...%> should occur last, after one or more compounds");
}

// The statements up to `||`, `}` or the end of the file.
std::shared_ptr<const Body> Parser::alternative(const String &name, const Landmark &at)
{
    Scope scope(_scope, name, at);
    Scope *outer = _scope;
    _scope = &scope;
    if (has_formals())
        formals(scope.body());
    for (;;) {
        if (statement())
            continue;
        const Token &token = peek();
        if (token.is(Kind::end) || token.is('}') || token.is(Kind::bars))
            break;
        Token stray = next();
        if (stray.is(Kind::dots))
            dots_not_last(stray);
        else
            syntax_error(stray);
    }
    _scope = outer;
    return scope.finish(_errh);
}

bool Parser::has_formals()
{
    return peek().is(Kind::variable) || (peek().is(Kind::name) && peek(1).is(Kind::variable));
}

void Parser::formals(Body &body)
{
    for (;;) {
        Token keyword;
        if (peek().is(Kind::name))
            keyword = next();
        if (!peek().is(Kind::variable))
            return syntax_error(next());
        add_formal(body, keyword, next());
        Token separator = peek();
        if (!separator.is(',') && !separator.is('|')) {
            syntax_error(separator);
            return;
        }
        next();
        if (separator.is('|'))
            return;
    }
}

void Parser::add_formal(Body &body, const Token &keyword, const Token &variable)
{
    for (const Formal &formal : body.formals)
        if (formal.name == variable.text)
            return error(variable.at, "parameter %<$%s%> multiply defined", variable.text);
    Formal formal{keyword.text, variable.text};
    auto rank = [](const Formal &f) { return f.rest() ? 2 : f.keyword ? 1 : 0; };
    if (!body.formals.empty() && (rank(body.formals.back()) > rank(formal) || body.formals.back().rest()))
        error(variable.at, "parameter %<$%s%> out of order: positional, keyword, __REST__", variable.text);
    else
        body.formals.push_back(formal);
}

// Reads `( ... )`. Its elements go into the scope around it; the ports it uses become the item's.
void Parser::group(Item &item)
{
    Token opening = next();
    item.at = opening.at;
    if (_nesting >= max_nesting) {
        item.type = unknown_class(String());
        return skip_nested(opening);
    }
    ++_nesting;
    Scope::Surroundings outside = _scope->enter_group(opening.at);
    while (!peek().is(')')) {
        if (statement())
            continue;
        if (peek().is(Kind::end) || peek().is('}'))
            break;
        syntax_error(next());
    }
    if (peek().is(')'))
        next();
    else
        _errh->lerror(peek().at.text(), "expected %<)%>");
    int ninputs, noutputs;
    _scope->leave_group(outside, ninputs, noutputs, _errh);
    for (int port = 0; port < ninputs; ++port)
        item.in.numbers.push_back(port);
    for (int port = 0; port < noutputs; ++port)
        item.out.numbers.push_back(port);
    item.element = outside.group;
    --_nesting;
}

// Passes over something nested too deeply, without recursion.
void Parser::skip_nested(const Token &opening)
{
    _errh->lerror(opening.at.text(), "maximum compound element nesting depth exceeded");
    bool closed = true;
    if (opening.is('(')) {
        _tokens->configuration(closed);
        return;
    }
    for (int depth = 1; depth > 0;) {
        Token token = next();
        if (token.is(Kind::end))
            return;
        if (token.is('{'))
            ++depth;
        else if (token.is('}'))
            --depth;
        else if (token.is('('))
            _tokens->configuration(closed);
    }
}

}  // namespace lang
