// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_LANGUAGE_PARSER_HH
#define MIMI_LANGUAGE_PARSER_HH
#include "runtime/language/scope.hh"
#include "runtime/language/syntax.hh"
#include "runtime/language/tokenizer.hh"
#include <set>

class ErrorHandler;

namespace lang {

// Reads a configuration, statement by statement. Every error is reported where it is found, and reading goes on.
class Parser {
  public:
    Parser(const String &text, const String &filename, ErrorHandler *errh);
    ~Parser();

    // Takes names that it does not know for element classes, and loads no packages.
    void assume_classes() { _assume_classes = true; }

    // The whole file.
    std::shared_ptr<const Body> parse();

    bool compact() const { return _compact; }
    const Vector<String> &requirements() const { return _requirements; }

  private:
    // One side of a list element: the ports written there, or implied by a group.
    struct Ports {
        std::vector<int> numbers;
        bool given = false;
        bool expandable = false;
    };
    struct Item {
        int element = -1;
        Ports in;
        Ports out;
        Landmark at;
        String name;            // empty for a compound or a group
        bool pending = false;   // what the name means depends on the rest of the list
        bool declared = false;  // has `:: type`
        bool implicit = false;  // ports (or nothing) without an element
        bool configured = false;
        ClassRef type;
        String configuration;
    };
    typedef std::vector<Item> List;
    struct End {
        int element;
        int port;
    };
    class Side;

    String _text;
    String _filename;
    ErrorHandler *_errh;
    Tokenizer *_tokens = nullptr;
    Scope *_scope = nullptr;
    int _nesting = 0;
    bool _compact = false;
    bool _assume_classes = false;
    Vector<String> _requirements;
    std::set<String> _libraries;
    std::vector<ClassRef> _classes;  // all of them, in the order of their making

    static constexpr int max_nesting = 50;
    static constexpr int max_port = 32767;

    // parser.cc: statements
    void statements();
    bool statement();
    void definition_statement();
    void define_statement();
    void require_statement();
    void requirement(const String &word, const Landmark &at);
    void library(const String &name, const Landmark &at);
    String statement_arguments(bool &ok);
    void syntax_error(const Token &token);
    void error(const Landmark &at, const char *format, const String &name);
    ClassRef complain_of_class(const Token &name);
    ClassRef keep(std::shared_ptr<ElementClass> type);
    ClassRef unknown_class(const String &name);
    ClassRef find_class(const String &name);
    Token next() { return _tokens->next(); }
    const Token &peek(int ahead = 0) { return _tokens->peek(ahead); }

    // compound.cc: `{ ... }` and `( ... )`
    ClassRef compound(const String &name, const ClassRef &extended);
    bool compound_end(ElementClass &type, const ClassRef &extended, const Landmark &opening);
    std::shared_ptr<const Body> alternative(const String &name, const Landmark &at);
    void dots_not_last(const Token &dots);
    bool has_formals();
    void formals(Body &body);
    void add_formal(Body &body, const Token &keyword, const Token &variable);
    void group(Item &item);
    void skip_nested(const Token &opening);

    // chain.cc: elements and connections
    void chain();
    bool chain_start(List &items);
    bool chain_next(List &items);
    void chain_end(const List &items, bool connected);
    bool list(List &items, bool pending);
    bool item(Item &item);
    void item_name(Item &item);
    void declaration(Item &item);
    void configuration(Item &item);
    bool declares_several();
    void settle_pending(List &items, bool standalone);
    int make_element(const Item &item);
    int reference(const Item &item);
    int declare(const Item &item);
    bool at_chain_end();

    // ports.cc: port lists and who is connected to whom
    void ports(Ports &ports);
    void skip_ports();
    bool port_item(Ports &ports);
    bool port_number(int &number);
    void connect(const List &from, const List &to, bool pairwise, const Landmark &at);
    bool expand_sides(Side &from, Side &to, bool pairwise, const Landmark &at);
};

}  // namespace lang

#endif
