// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/language/expand.hh"
#include <click/confparse.hh>
#include <click/error.hh>

namespace lang {
namespace {

// All alternatives of a class, down the chain of classes it extends.
template <typename F>
bool any_alternative(const ElementClass &type, F &&found)
{
    for (const ElementClass *t = &type; t; t = t->extended.get())
        for (const auto &body : t->alternatives)
            if (found(*body))
                return true;
    return false;
}

const ElementClass *last_resort(const ElementClass &type)
{
    const ElementClass *t = &type;
    while (t->extended)
        t = t->extended.get();
    return t->kind == ElementClass::compound ? nullptr : t;
}

}  // namespace

FlatGraph Expander::expand(const Body &file, const std::vector<std::pair<String, String>> &parameters)
{
    VariableEnvironment environment;
    for (const auto &parameter : parameters)
        environment.define(parameter.first, parameter.second);
    for (const auto &definition : file.definitions)
        environment.define_lazily(definition.first, definition.second);
    expand_body(file, String(), environment, -1, -1);
    return flatten();
}

int Expander::add_node(const String &name, const Landmark &at, bool border)
{
    if (_nodes.size() >= max_nodes && !_overflow) {
        _overflow = true;
        _errh->lerror(at.text(), "configuration expands to too many elements");
    }
    Node node;
    node.element.name = name;
    node.element.at = at;
    node.border = border;
    _nodes.push_back(std::move(node));
    return static_cast<int>(_nodes.size()) - 1;
}

int Expander::place(const Part &part, const String &prefix, const VariableEnvironment &environment)
{
    bool compound = part.type && part.type->kind == ElementClass::compound;
    int node = add_node(prefix + part.name, part.at, compound || part.role != Part::element);
    if (part.role != Part::element)
        return node;
    _nodes[node].element.configuration = cp_expand(part.configuration, environment);
    if (!compound)
        _nodes[node].element.class_name = part.type->name;
    return node;
}

void Expander::expand_body(const Body &body, const String &prefix, const VariableEnvironment &environment, int input,
                           int output)
{
    std::vector<int> nodes(body.parts.size(), -1);
    for (size_t i = 0; i < body.parts.size() && !_overflow; ++i) {
        const Part &part = body.parts[i];
        if (part.role == Part::input || part.role == Part::output)
            nodes[i] = part.role == Part::input ? input : output;
        else
            nodes[i] = place(part, prefix, environment);
        if (part.role == Part::group_input)
            _nodes[nodes[i - 1]].next = nodes[i];
        else if (part.role == Part::group_output)
            _nodes[nodes[i]].next = nodes[i - 2];
    }
    if (_overflow)
        return;
    for (const Link &link : body.links)
        _links.push_back({nodes[link.from], link.from_port, nodes[link.to], link.to_port});
    std::vector<PortUse> inputs = all_port_uses(body, false), outputs = all_port_uses(body, true);
    for (size_t i = 0; i < body.parts.size() && !_overflow; ++i) {
        const Part &part = body.parts[i];
        Instance instance{nodes[i], &part, inputs[i], outputs[i]};
        if (part.role == Part::element && part.type->kind == ElementClass::compound)
            expand_instance(instance, environment);
        else if (part.role == Part::group)
            check_group(instance, inputs, outputs, static_cast<int>(i));
    }
}

// Chooses the alternative that the instance's ports and arguments fit.
void Expander::expand_instance(const Instance &instance, const VariableEnvironment &environment)
{
    if (_depth >= max_depth) {
        _errh->lerror(instance.part->at.text(), "maximum compound element nesting depth exceeded");
        return;
    }
    const ElementClass &type = *instance.part->type;
    String configuration = _nodes[instance.node].element.configuration;
    Vector<String> arguments, values;
    cp_argvec(configuration, arguments);
    const Body *chosen = nullptr, *only = nullptr;
    int candidates = 0;
    any_alternative(type, [&](const Body &body) {
        only = &body;
        ++candidates;
        if (body.ninputs != instance.inputs.count() || body.noutputs != instance.outputs.count() ||
            !assign_arguments(arguments, body.formals, values))
            return false;
        chosen = &body;
        return true;
    });
    const ElementClass *primitive = last_resort(type);
    if (!chosen && primitive)
        return become_primitive(instance, *primitive, configuration);
    if (!chosen && candidates == 1 && assign_arguments(arguments, only->formals, values))
        chosen = only;
    if (!chosen)
        return no_match(instance, arguments.size());
    check_ports(instance, *chosen);
    expand_compound(instance, *chosen, values, environment);
}

void Expander::expand_compound(const Instance &instance, const Body &body, const Vector<String> &values,
                               const VariableEnvironment &environment)
{
    VariableEnvironment inner(environment.limit_depth(body.depth - 1));
    for (size_t i = 0; i < body.formals.size(); ++i)
        inner.define(body.formals[i].name, values[static_cast<int>(i)]);
    for (const auto &definition : body.definitions)
        inner.define_lazily(definition.first, definition.second);
    String name = _nodes[instance.node].element.name;
    int input = add_node(name, instance.part->at, true);
    int output = add_node(name, instance.part->at, true);
    _nodes[instance.node].next = input;
    _nodes[output].next = instance.node;
    ++_depth;
    expand_body(body, name + "/", inner, input, output);
    --_depth;
}

void Expander::become_primitive(const Instance &instance, const ElementClass &type, const String &configuration)
{
    Node &node = _nodes[instance.node];
    node.border = false;
    node.element.class_name = type.name;
    node.element.configuration = configuration;
}

void Expander::check_side(const Instance &instance, const PortUse &used, const PortUse &inside, const char *side)
{
    String at = instance.part->at.text();
    String name = _nodes[instance.node].element.name;
    if (!name)
        name = "<anonymous>";
    for (int port = 0; port < std::max(used.count(), inside.count()); ++port) {
        if (used.has(port) && port >= inside.count())
            _errh->lerror(at, "%<%s%> has no %s %d", name.c_str(), side, port);
        else if (!used.has(port) && inside.has(port))
            _errh->lerror(at, "%<%s%> %s %d unused", name.c_str(), side, port);
    }
}

void Expander::check_ports(const Instance &instance, const Body &body)
{
    PortUse inputs, outputs;
    inputs.used.assign(static_cast<size_t>(body.ninputs), true);
    outputs.used.assign(static_cast<size_t>(body.noutputs), true);
    check_side(instance, instance.inputs, inputs, "input");
    check_side(instance, instance.outputs, outputs, "output");
}

// A group's ports are the ones its `input` and `output`, the next two parts, use.
void Expander::check_group(const Instance &group, const std::vector<PortUse> &inputs,
                           const std::vector<PortUse> &outputs, int part)
{
    check_side(group, group.inputs, outputs[part + 1], "input");
    check_side(group, group.outputs, inputs[part + 2], "output");
}

void Expander::no_match(const Instance &instance, int narguments)
{
    const ElementClass &type = *instance.part->type;
    String at = instance.part->at.text();
    _errh->lerror(at, "no match for %<%s%>",
                  signature(type.name, narguments, instance.inputs.count(), instance.outputs.count()).c_str());
    _errh->lerror(at, "candidates are:");
    any_alternative(type, [&](const Body &body) {
        _errh->lerror(body.at.text(), "  %s", signature(body).c_str());
        return false;
    });
}

// Follows every link that leaves an element through the borders it crosses.
FlatGraph Expander::flatten()
{
    FlatGraph graph;
    std::vector<int> index(_nodes.size(), -1);
    for (size_t i = 0; i < _nodes.size(); ++i)
        if (!_nodes[i].border) {
            index[i] = static_cast<int>(graph.elements.size());
            graph.elements.push_back(_nodes[i].element);
        }
    typedef std::pair<int, int> Place;
    std::multimap<Place, Place> across;  // links that start at a border
    for (const Link &link : _links)
        if (_nodes[link.from].border)
            across.emplace(Place(link.from, link.from_port), Place(link.to, link.to_port));
    for (const Link &link : _links) {
        if (_nodes[link.from].border)
            continue;
        std::vector<Place> reached{{link.to, link.to_port}};
        std::set<Place> seen;
        while (!reached.empty()) {
            Place place = reached.back();
            reached.pop_back();
            if (!_nodes[place.first].border) {
                graph.links.push_back({index[link.from], link.from_port, index[place.first], place.second});
            } else if (_nodes[place.first].next >= 0 && seen.insert(place).second) {
                auto range = across.equal_range(Place(_nodes[place.first].next, place.second));
                for (auto next = range.first; next != range.second; ++next)
                    reached.push_back(next->second);
            }
        }
    }
    return graph;
}

}  // namespace lang
