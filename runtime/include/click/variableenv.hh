// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_VARIABLEENV_HH
#define CLICK_VARIABLEENV_HH
#include <click/config.h>
#include <click/string.hh>
#include <vector>

// Gives values to the `$` forms that cp_expand() finds.
class VariableExpander {
  public:
    VariableExpander() = default;
    virtual ~VariableExpander() = default;
    // `type` is 0 for $name, '{' for ${name}, '(' for $(text). `name` is the bare name (cp_expand() sees to indices and
    // defaults), or the text between the parentheses with its own variables replaced already.
    // Returns false when the name is unknown; the form then stays as written (or yields its ${name-default}).
    virtual int expand(const String &name, String &expansion, int type, int depth) const = 0;
};

// Variables of nested scopes: a compound element's arguments and definitions in front of those of its surroundings.
class VariableEnvironment : public VariableExpander {
  public:
    explicit VariableEnvironment(const VariableEnvironment *parent = nullptr) : _parent(parent) {}

    const VariableEnvironment *parent() const { return _parent; }
    // How many scopes lie outside this one.
    int depth() const { return _parent ? _parent->depth() + 1 : 0; }
    // This scope or the nearest outer one that is at most `depth` deep.
    const VariableEnvironment *limit_depth(int depth) const;

    // `name` comes without its dollar. False, and no change unless `replace`, when this scope has the name already. The
    // value is put in as it is; that of define_lazily() has its own variables replaced when it is used.
    bool define(const String &name, const String &value, bool replace = false) { return add({name, value, false}, replace); }
    bool define_lazily(const String &name, const String &value) { return add({name, value, true}, false); }
    // Whether this scope or an outer one has the name.
    bool defines(const String &name) const { return find(name).entry != nullptr; }

    int expand(const String &name, String &expansion, int type, int depth) const override;

  private:
    struct Entry {
        String name;
        String value;
        bool lazy;
    };
    struct Found {
        const VariableEnvironment *scope;
        const Entry *entry;
    };

    const VariableEnvironment *_parent;
    std::vector<Entry> _entries;

    bool add(const Entry &entry, bool replace);
    Found find(const String &name) const;
};

// `text` with its $name, ${name}, ${name[i]}, ${name-default}, $?, $#, $$ and $(text) forms replaced. Single-quoted
// strings and comments stay; inside double quotes the value goes in with backslashes where it needs them. With
// `expand_quote` values outside of quotes are quoted where they need it, so that unquoting gives them back as they are. Beyond a depth of 10 nothing is replaced.
String cp_expand(const String &text, const VariableExpander &expander, bool expand_quote = false, int depth = 0);

#endif
