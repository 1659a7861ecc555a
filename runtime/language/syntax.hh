// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_LANGUAGE_SYNTAX_HH
#define MIMI_LANGUAGE_SYNTAX_HH
#include "runtime/language/tokenizer.hh"
#include <click/string.hh>
#include <click/vector.hh>
#include <map>
#include <memory>
#include <utility>
#include <vector>

// What the parser makes of a configuration: names are bound to classes, connections to parts by number. The expander
// turns this into a flat graph.
namespace lang {

struct ElementClass;
typedef std::shared_ptr<const ElementClass> ClassRef;

// An element of a body. A group `( ... )` takes three parts: itself, its input, and its output.
struct Part {
    enum Role { element, input, output, group, group_input, group_output };
    String name;
    ClassRef type;
    String configuration;
    Landmark at;
    Role role = element;
    bool anonymous = false;  // the name is settled when the scope ends
};

struct Link {
    int from;
    int from_port;
    int to;
    int to_port;
};

struct Formal {
    String keyword;  // empty: positional
    String name;
    bool rest() const { return keyword == "__REST__"; }
};

// The content of the file, or one alternative of a compound element.
struct Body {
    String class_name;  // of the compound element; empty when it has none
    Landmark at;
    int depth = 0;  // how many compounds lie around it
    std::vector<Formal> formals;
    std::vector<std::pair<String, String>> definitions;
    std::vector<Part> parts;
    std::vector<Link> links;
    int ninputs = 0;
    int noutputs = 0;
};

// What a class name stands for.
struct ElementClass {
    enum Kind { primitive, compound, unknown };
    Kind kind = primitive;
    String name;
    std::vector<std::shared_ptr<const Body>> alternatives;  // of a compound, tried in order
    ClassRef extended;                                      // tried after them
};

// Ports used on one side of one part of a body.
struct PortUse {
    std::vector<bool> used;
    int count() const { return static_cast<int>(used.size()); }
    void add(int port);
    bool has(int port) const { return port < count() && used[port]; }
};
std::vector<PortUse> all_port_uses(const Body &body, bool isoutput);

// `X(<arg>)[1 input, 2 outputs]`
String signature(const Body &body);
String signature(const String &class_name, int narguments, int ninputs, int noutputs);

// Fits arguments to formals; false when they do not fit. `values` are in the order of the formals.
bool assign_arguments(const Vector<String> &arguments, const std::vector<Formal> &formals, Vector<String> &values);

}  // namespace lang

#endif
