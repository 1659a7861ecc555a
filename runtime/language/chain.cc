// SPDX-License-Identifier: Apache-2.0
// Chains of elements: `a, b :: Queue(5)` and `x [1] -> y => [0,1] z, { ... }`.
#include <click/config.h>
#include "runtime/language/parser.hh"
#include "runtime/base/spelling.hh"
#include <click/error.hh>
#include <cctype>

namespace lang {
namespace {

bool has_all_digit_component(const String &name)
{
    bool digits = true;
    for (const char *s = name.begin(); s != name.end(); ++s) {
        if (*s != '/')
            digits = digits && isdigit(static_cast<unsigned char>(*s));
        else if (digits)
            return true;
        else
            digits = true;
    }
    return digits;
}

}  // namespace

void Parser::chain()
{
    List left;
    if (!chain_start(left))
        return;
    bool connected = false;
    while (peek().is(Kind::arrow) || peek().is(Kind::double_arrow)) {
        Token arrow = next();
        List right;
        if (!chain_next(right))
            return;
        connect(left, right, arrow.is(Kind::double_arrow), arrow.at);
        left = std::move(right);
        connected = true;
    }
    chain_end(left, connected);
}

bool Parser::at_chain_end()
{
    const Token &token = peek();
    switch (token.kind) {
    case Kind::end:
    case Kind::name:
    case Kind::bars:
    case Kind::elementclass:
    case Kind::require:
    case Kind::provide:
    case Kind::define:
        return true;
    case Kind::other:
        return token.is(';') || token.is('{') || token.is('}') || token.is('[') || token.is(')');
    default:
        return false;
    }
}

// Reads the first list of a chain; nothing at all, or ports alone, stand for the compound's input.
bool Parser::chain_start(List &items)
{
    bool bare_arrow = peek().is(Kind::arrow) || peek().is(Kind::double_arrow);
    if (bare_arrow && !_scope->implicit_ports()) {
        syntax_error(next());
        return false;
    }
    if (bare_arrow) {
        if (!_scope->chain_ended_in_output)
            _errh->lwarning(peek().at.text(), "suggest %<input ->%> or %<[0] ->%> to start connection");
        Item start;
        start.at = peek().at;
        start.element = _scope->input();
        items.push_back(start);
        return true;
    }
    if (!list(items, declares_several()))
        return false;
    bool arrow = peek().is(Kind::arrow) || peek().is(Kind::double_arrow);
    settle_pending(items, !arrow);
    for (Item &item : items) {
        if (!item.implicit) {
            if (item.in.given)
                _errh->lerror(item.at.text(), "input ports ignored at start of chain");
        } else if (!arrow) {
            _errh->lerror(item.at.text(), "stranded port ignored");
        } else if (!_scope->implicit_ports()) {
            syntax_error(next());
            return false;
        } else {
            item.element = _scope->input();
            std::swap(item.in, item.out);
        }
    }
    return true;
}

// Reads a list after an arrow; nothing at all, or ports alone, stand for the compound's output.
bool Parser::chain_next(List &items)
{
    bool nothing = peek().is(Kind::arrow) || peek().is(Kind::double_arrow);
    const Token &token = peek();
    if (!nothing && at_chain_end() && !token.is(Kind::name) && !token.is('{') && !token.is('['))
        nothing = true;
    if (nothing) {
        Item end;
        end.at = peek().at;
        end.implicit = true;
        items.push_back(end);
    } else if (!list(items, false)) {
        return false;
    }
    bool middle = peek().is(Kind::arrow) || peek().is(Kind::double_arrow);
    for (Item &item : items) {
        if (!item.implicit)
            continue;
        if (!_scope->implicit_ports()) {
            Token stray = peek();
            if (!at_chain_end() || stray.is(';'))
                next();
            syntax_error(stray);
            return false;
        }
        if (middle)
            _errh->lerror(item.at.text(), "implicit ports used in the middle of a chain");
        else
            item.element = _scope->output();
    }
    return true;
}

void Parser::chain_end(const List &items, bool connected)
{
    bool ends_output = false;
    for (const Item &item : items) {
        if (!item.implicit && item.out.given)
            _errh->lerror(item.at.text(), "output ports ignored at end of chain");
        ends_output = ends_output || (item.element >= 0 && item.element == _scope->output());
    }
    if (connected)
        _scope->chain_ended_in_output = ends_output;
    if (!at_chain_end())
        syntax_error(next());
    else if (peek().is(';'))
        next();
}

// `a, b, c ::` ahead: only the end of the statement tells whether a and b are declared here.
bool Parser::declares_several()
{
    int at = 0;
    while (peek(at).is(Kind::name) && peek(at + 1).is(','))
        at += 2;
    return at > 0 && peek(at).is(Kind::name) && peek(at + 1).is(Kind::colons);
}

bool Parser::list(List &items, bool pending)
{
    for (;;) {
        Item next_item;
        next_item.pending = pending;
        if (!item(next_item))
            return false;
        items.push_back(std::move(next_item));
        if (!peek().is(','))
            return true;
        next();
    }
}

bool Parser::item(Item &item)
{
    item.at = peek().at;
    Ports in;
    if (peek().is('['))
        ports(in);
    if (peek().is('(')) {
        group(item);
        item.pending = false;
    } else if (peek().is(Kind::name)) {
        item_name(item);
    } else if (peek().is('{')) {
        item.type = compound(String(), nullptr);
        configuration(item);
        item.pending = false;
    } else if (in.given) {
        item.implicit = true;
        item.pending = false;
    } else {
        syntax_error(next());
        return false;
    }
    if (in.given)
        item.in = in;
    if (!item.pending && !item.implicit && item.element < 0)
        item.element = make_element(item);
    Ports out;
    if (!item.implicit && peek().is('['))
        ports(out);
    if (out.given)
        item.out = out;
    return true;
}

void Parser::item_name(Item &item)
{
    Token name = next();
    item.name = name.text;
    item.at = name.at;
    if (peek().is(Kind::colons))
        declaration(item);
    configuration(item);
}

void Parser::declaration(Item &item)
{
    next();
    item.declared = true;
    if (peek().is('{')) {
        item.type = compound(String(), nullptr);
        return;
    }
    if (!peek().is(Kind::name)) {
        _errh->lerror(peek().at.text(), "missing element type in declaration");
        item.type = unknown_class(String());
        return;
    }
    Token type = next();
    item.type = find_class(type.text);
    if (!item.type)
        item.type = complain_of_class(type);
}

void Parser::configuration(Item &item)
{
    if (!peek().is('('))
        return;
    Token opening = next();
    bool closed;
    item.configured = true;
    item.configuration = _tokens->configuration(closed);
    if (!closed)
        _errh->lerror(_tokens->landmark().text(), "expected %<)%>");
}

// `a, b :: Queue(5)` alone declares both; before an arrow, a is what it was.
void Parser::settle_pending(List &items, bool standalone)
{
    bool spread = standalone && !items.empty() && items.back().declared;
    for (const Item &item : items)
        spread = spread && !item.in.given && !item.out.given;
    for (Item &item : items) {
        if (!item.pending)
            continue;
        if (spread && !item.declared && !item.configured) {
            item.declared = true;
            item.type = items.back().type;
            item.configuration = items.back().configuration;
        }
        item.element = make_element(item);
    }
}

int Parser::make_element(const Item &item)
{
    if (item.declared)
        return declare(item);
    if (item.name)
        return reference(item);
    return _scope->add_anonymous(item.type, item.configuration, item.at);
}

int Parser::declare(const Item &item)
{
    if (has_all_digit_component(item.name))
        error(item.at, "element name %<%s%> has all-digit component", item.name);
    if (_scope->find_class(item.name))
        error(item.at, "class %<%s%> used as element name", item.name);
    int old = _scope->find_element(item.name);
    if (old >= 0) {
        error(item.at, "redeclaration of element %<%s%>", item.name);
        error(_scope->body().parts[old].at, "element %<%s%> previously declared here", item.name);
        return old;
    }
    return _scope->add_element(item.name, item.type, item.configuration, item.at);
}

// A class makes an anonymous element; any other name must have been declared.
int Parser::reference(const Item &item)
{
    if (ClassRef type = _scope->find_class(item.name))
        return _scope->add_anonymous(type, item.configuration, item.at);
    int element = _scope->find_element(item.name);
    if (element < 0 && _assume_classes)
        return _scope->add_anonymous(find_class(item.name), item.configuration, item.at);
    if (element < 0) {
        Vector<String> names = _scope->element_names();
        for (const String &name : _scope->class_names())
            names.push_back(name);
        String hint = base::spelling_hint(item.name, names);
        _errh->lerror(item.at.text(), "undeclared element %<%s%>%s", item.name.c_str(), hint.c_str());
        return _scope->add_anonymous(unknown_class(item.name), item.configuration, item.at);
    }
    if (item.configured)
        _errh->lerror(item.at.text(), "configuration string ignored on element reference");
    return element;
}

}  // namespace lang
