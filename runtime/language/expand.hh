// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_LANGUAGE_EXPAND_HH
#define MIMI_LANGUAGE_EXPAND_HH
#include "runtime/language/syntax.hh"
#include <click/variableenv.hh>
#include <map>
#include <set>

class ErrorHandler;

namespace lang {

// The elements and connections of a configuration without compounds and groups.
struct FlatElement {
    String name;
    String class_name;
    String configuration;
    Landmark at;
};
struct FlatGraph {
    std::vector<FlatElement> elements;
    std::vector<Link> links;
};

// Puts the parts of compound elements in their place: each gets its instance's name in front, its configuration with
// arguments filled in, and connections through the compound's borders are joined.
class Expander {
  public:
    explicit Expander(ErrorHandler *errh) : _errh(errh) {}
    // `parameters` win over the file's definitions.
    FlatGraph expand(const Body &file, const std::vector<std::pair<String, String>> &parameters);

  private:
    // Borders are the instances of compounds and groups, and their inputs and outputs: packets pass straight through.
    struct Node {
        FlatElement element;
        int next = -1;  // of a border: where links that arrive here go on
        bool border = false;
    };
    struct Instance {
        int node;
        const Part *part;
        PortUse inputs;
        PortUse outputs;
    };

    ErrorHandler *_errh;
    std::vector<Node> _nodes;
    std::vector<Link> _links;
    int _depth = 0;
    bool _overflow = false;

    static constexpr size_t max_nodes = 1 << 20;
    static constexpr int max_depth = 1000;

    int add_node(const String &name, const Landmark &at, bool border);
    void expand_body(const Body &body, const String &prefix, const VariableEnvironment &environment, int input,
                     int output);
    int place(const Part &part, const String &prefix, const VariableEnvironment &environment);
    void expand_instance(const Instance &instance, const VariableEnvironment &environment);
    void expand_compound(const Instance &instance, const Body &body, const Vector<String> &values,
                         const VariableEnvironment &environment);
    void become_primitive(const Instance &instance, const ElementClass &type, const String &configuration);
    void check_side(const Instance &instance, const PortUse &used, const PortUse &inside, const char *side);
    void check_group(const Instance &group, const std::vector<PortUse> &inputs, const std::vector<PortUse> &outputs,
                     int part);
    void check_ports(const Instance &instance, const Body &body);
    void no_match(const Instance &instance, int narguments);
    FlatGraph flatten();
};

}  // namespace lang

#endif
