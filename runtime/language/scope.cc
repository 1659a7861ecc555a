// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/language/scope.hh"
#include <click/error.hh>
#include <click/package.hh>

namespace lang {

Scope::Scope(Scope *outer, const String &class_name, const Landmark &at)
    : _outer(outer), _body(std::make_shared<Body>())
{
    _body->class_name = class_name;
    _body->at = at;
    if (!outer)
        return;
    _body->depth = outer->_body->depth + 1;
    _input = add_part({"input", nullptr, String(), at, Part::input});
    _output = add_part({"output", nullptr, String(), at, Part::output});
    name_pseudo();
}

int Scope::add_part(Part part)
{
    _body->parts.push_back(std::move(part));
    return static_cast<int>(_body->parts.size()) - 1;
}

void Scope::name_pseudo()
{
    if (_input < 0) {
        _elements.erase("input");
        _elements.erase("output");
        return;
    }
    _elements["input"] = _input;
    _elements["output"] = _output;
}

ClassRef Scope::find_class(const String &name)
{
    Scope *scope = this;
    for (;; scope = scope->_outer) {
        auto found = scope->_classes.find(name);
        if (found != scope->_classes.end())
            return found->second;
        if (!scope->_outer)
            break;
    }
    if (!click_has_element_type(name))
        return nullptr;
    auto type = std::make_shared<ElementClass>();
    type->name = name;
    scope->_classes[name] = type;
    return type;
}

ClassRef Scope::assume_class(const String &name)
{
    Scope *scope = this;
    while (scope->_outer)
        scope = scope->_outer;
    auto type = std::make_shared<ElementClass>();
    type->name = name;
    scope->_classes[name] = type;
    return type;
}

Vector<String> Scope::class_names() const
{
    Vector<String> names = click_element_types();
    for (const Scope *scope = this; scope; scope = scope->_outer)
        for (const auto &entry : scope->_classes)
            names.push_back(entry.first);
    return names;
}

Vector<String> Scope::element_names() const
{
    Vector<String> names;
    for (const auto &entry : _elements)
        names.push_back(entry.first);
    return names;
}

int Scope::find_element(const String &name) const
{
    auto found = _elements.find(name);
    return found == _elements.end() ? -1 : found->second;
}

int Scope::add_element(const String &name, const ClassRef &type, const String &configuration, const Landmark &at)
{
    return _elements[name] = add_part({name, type, configuration, at});
}

int Scope::add_anonymous(const ClassRef &type, const String &configuration, const Landmark &at)
{
    return add_part({type->name, type, configuration, at, Part::element, true});
}

void Scope::connect(int from, int from_port, int to, int to_port)
{
    _body->links.push_back({from, from_port, to, to_port});
}

Scope::Surroundings Scope::enter_group(const Landmark &at)
{
    Surroundings outside{-1, _input, _output, chain_ended_in_output};
    outside.group = add_part({String(), nullptr, String(), at, Part::group});
    _input = add_part({"input", nullptr, String(), at, Part::group_input});
    _output = add_part({"output", nullptr, String(), at, Part::group_output});
    chain_ended_in_output = true;
    name_pseudo();
    return outside;
}

void Scope::leave_group(const Surroundings &outside, int &ninputs, int &noutputs, ErrorHandler *errh)
{
    ninputs = check_pseudo(_input, true, String(), _body->parts[_input].at, errh);
    noutputs = check_pseudo(_output, false, String(), _body->parts[_output].at, errh);
    _input = outside.input;
    _output = outside.output;
    chain_ended_in_output = outside.ends_output;
    name_pseudo();
}

// The compound's inputs are the outputs of its `input`. Returns how many there are.
int Scope::check_pseudo(int part, bool isoutput, const String &class_name, const Landmark &at, ErrorHandler *errh)
{
    const char *name = isoutput ? "input" : "output";
    String shown = class_name ? class_name : String("<anonymous>");
    PortUse right, wrong;
    for (const Link &link : _body->links) {
        if (link.from == part)
            (isoutput ? right : wrong).add(link.from_port);
        if (link.to == part)
            (isoutput ? wrong : right).add(link.to_port);
    }
    if (wrong.count())
        errh->lerror(at.text(), "%<%s%> pseudoelement %<%s%> may only be used as %s", shown.c_str(), name,
                     isoutput ? "output" : "input");
    for (int port = 0; port < right.count(); ++port)
        if (!right.has(port))
            errh->lerror(at.text(), "%<%s%> %s %d missing", shown.c_str(), name, port);
    return right.count();
}

// The number counts the parts of the scope so far, pseudo-elements apart.
void Scope::name_anonymous()
{
    int before_first = nested() ? 1 : 0;
    for (size_t i = 0; i < _body->parts.size(); ++i) {
        Part &part = _body->parts[i];
        if (!part.anonymous)
            continue;
        int number = static_cast<int>(i) + 1 - 2 * before_first;
        String name;
        do {
            name = part.name + "@" + String(number++);
        } while (_elements.count(name));
        part.name = name;
        _elements[name] = static_cast<int>(i);
    }
}

std::shared_ptr<const Body> Scope::finish(ErrorHandler *errh)
{
    name_anonymous();
    if (nested()) {
        _body->ninputs = check_pseudo(_input, true, _body->class_name, _body->at, errh);
        _body->noutputs = check_pseudo(_output, false, _body->class_name, _body->at, errh);
    }
    return _body;
}

}  // namespace lang
