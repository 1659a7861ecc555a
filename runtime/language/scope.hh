// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_LANGUAGE_SCOPE_HH
#define MIMI_LANGUAGE_SCOPE_HH
#include "runtime/language/syntax.hh"
#include <map>

class ErrorHandler;

namespace lang {

// A body while it is being read: what names mean inside it.
//
// Element names belong to one body. Class names are looked up outwards; the outermost scope falls back to the registry.
class Scope {
  public:
    Scope(Scope *outer, const String &class_name, const Landmark &at);

    Body &body() { return *_body; }
    bool nested() const { return _outer != nullptr; }

    ClassRef find_class(const String &name);
    // A class nobody has defined, known everywhere from here on.
    ClassRef assume_class(const String &name);
    void define_class(const String &name, ClassRef type) { _classes[name] = std::move(type); }

    // Every class that can be named here, for hints.
    Vector<String> class_names() const;

    int find_element(const String &name) const;
    // The elements declared here so far.
    Vector<String> element_names() const;
    int add_element(const String &name, const ClassRef &type, const String &configuration, const Landmark &at);
    int add_anonymous(const ClassRef &type, const String &configuration, const Landmark &at);
    void connect(int from, int from_port, int to, int to_port);

    // The pseudo-elements that implicit ports mean; -1 at the top level.
    int input() const { return _input; }
    int output() const { return _output; }
    bool implicit_ports() const { return _input >= 0; }

    // A group lends its own input and output until it is left.
    struct Surroundings {
        int group;
        int input;
        int output;
        bool ends_output;
    };
    Surroundings enter_group(const Landmark &at);
    void leave_group(const Surroundings &outside, int &ninputs, int &noutputs, ErrorHandler *errh);

    // Whether a bare leading arrow is what it looks like: the chain before it ended in `output`.
    bool chain_ended_in_output = true;

    // Names anonymous elements and checks the pseudo-elements.
    std::shared_ptr<const Body> finish(ErrorHandler *errh);

  private:
    Scope *_outer;
    std::shared_ptr<Body> _body;
    std::map<String, ClassRef> _classes;
    std::map<String, int> _elements;
    int _input = -1;
    int _output = -1;

    int add_part(Part part);
    void name_anonymous();
    int check_pseudo(int part, bool isoutput, const String &class_name, const Landmark &at, ErrorHandler *errh);
    void name_pseudo();
};

}  // namespace lang

#endif
