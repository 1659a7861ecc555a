// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ROUTERVISITOR_HH
#define CLICK_ROUTERVISITOR_HH
#include <click/bitvector.hh>
#include <click/string.hh>
#include <click/vector.hh>

class Element;
class Router;

// Called by Router::visit() for every port reached, nearest first. Returns true to go on through that element.
class RouterVisitor {
  public:
    RouterVisitor() = default;
    virtual ~RouterVisitor() = default;
    virtual bool visit(Element *element, bool isoutput, int port, Element *from_element, int from_port, int distance);
};

// Collects elements, each once.
class ElementTracker : public RouterVisitor {
  public:
    explicit ElementTracker(Router *router);

    const Vector<Element *> &elements() const { return _elements; }
    int size() const { return _elements.size(); }
    Element **begin() { return _elements.begin(); }
    Element **end() { return _elements.end(); }
    Element *const *begin() const { return _elements.begin(); }
    Element *const *end() const { return _elements.end(); }
    Element *operator[](int i) const { return _elements[i]; }
    bool contains(const Element *element) const;
    void insert(Element *element);
    void clear();

  private:
    Vector<Element *> _elements;
    Bitvector _seen;
};

// Collects the elements that are at most `diameter` connections away.
class ElementNeighborhoodTracker : public ElementTracker {
  public:
    explicit ElementNeighborhoodTracker(Router *router, int diameter = 1) : ElementTracker(router), _diameter(diameter) {}
    bool visit(Element *element, bool isoutput, int port, Element *from_element, int from_port, int distance) override;

  private:
    int _diameter;
};

// Collects the nearest elements that answer to cast(name), and looks no further behind them.
class ElementCastTracker : public ElementTracker {
  public:
    ElementCastTracker(Router *router, const String &name) : ElementTracker(router), _name(name) {}
    bool visit(Element *element, bool isoutput, int port, Element *from_element, int from_port, int distance) override;

  private:
    String _name;
};

#endif
