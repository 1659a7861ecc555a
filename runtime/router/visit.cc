// SPDX-License-Identifier: Apache-2.0
// Walks along the connections.
#include <click/config.h>
#include <click/router.hh>
#include <click/routervisitor.hh>
#include "runtime/router/portcode.hh"
#include <algorithm>
#include <vector>

namespace {

// A breadth-first walk, so that near ports come first.
class Walk {
  public:
    Walk(const Router &router, const std::vector<Router::Connection> &connections, bool forward,
         RouterVisitor *visitor)
        : _router(router), _connections(connections), _forward(forward), _visitor(visitor),
          _seen(static_cast<size_t>(router.nelements()))
    {
    }

    void run(Element *first, int port)
    {
        int n = first->nports(_forward);
        for (int p = 0; p < n; ++p)
            if (port < 0 || p == port)
                _front.push_back({first->eindex(), p});
        for (int distance = 1; !_front.empty(); ++distance) {
            std::vector<Router::Endpoint> front;
            front.swap(_front);
            for (const Router::Endpoint &from : front)
                leave(from, distance);
        }
    }

  private:
    const Router &_router;
    const std::vector<Router::Connection> &_connections;
    bool _forward;
    RouterVisitor *_visitor;
    std::vector<std::vector<bool>> _seen;
    std::vector<Router::Endpoint> _front;

    const Router::Endpoint &start(const Router::Connection &c) const { return _forward ? c.from : c.to; }
    const Router::Endpoint &end(const Router::Connection &c) const { return _forward ? c.to : c.from; }

    void leave(const Router::Endpoint &from, int distance)
    {
        auto connection = std::lower_bound(
            _connections.begin(), _connections.end(), from,
            [this](const Router::Connection &c, const Router::Endpoint &key) { return start(c) < key; });
        for (; connection != _connections.end() && start(*connection) == from; ++connection)
            arrive(end(*connection), from, distance);
    }

    void arrive(const Router::Endpoint &at, const Router::Endpoint &from, int distance)
    {
        Element *element = _router.element(at.element);
        std::vector<bool> &seen = _seen[at.element];
        seen.resize(static_cast<size_t>(std::max(element->nports(!_forward), at.port + 1)));
        if (seen[at.port])
            return;
        seen[at.port] = true;
        if (!_visitor->visit(element, !_forward, at.port, _router.element(from.element), from.port, distance))
            return;
        router_ports::FlowCode flow(_router.flow_code(element));
        for (int port = 0; port < element->nports(_forward); ++port)
            if (_forward ? flow.connects(at.port, port) : flow.connects(port, at.port))
                _front.push_back({at.element, port});
    }
};

class Reaches : public RouterVisitor {
  public:
    explicit Reaches(const Element *wanted) : _wanted(wanted) {}
    bool found = false;
    bool visit(Element *element, bool, int, Element *, int, int) override
    {
        found = found || element == _wanted;
        return !found;
    }

  private:
    const Element *_wanted;
};

}  // namespace

int Router::visit(Element *first, bool forward, int port, RouterVisitor *visitor) const
{
    if (!first || first->router() != this || first->eindex() < 0)
        return -1;
    Walk(*this, forward ? _connections : _backward, forward, visitor).run(first, port);
    return 0;
}

bool Router::element_can_reach(const Element *from, const Element *to) const
{
    Reaches reaches(to);
    visit(const_cast<Element *>(from), true, -1, &reaches);
    return reaches.found;
}

bool RouterVisitor::visit(Element *, bool, int, Element *, int, int)
{
    return true;
}

ElementTracker::ElementTracker(Router *router) : _seen(router->nelements(), false)
{
}

bool ElementTracker::contains(const Element *element) const
{
    return element->eindex() >= 0 && element->eindex() < _seen.size() && _seen[element->eindex()];
}

void ElementTracker::insert(Element *element)
{
    if (contains(element))
        return;
    _seen[element->eindex()] = true;
    _elements.push_back(element);
}

void ElementTracker::clear()
{
    _seen.assign(_seen.size(), false);
    _elements.clear();
}

bool ElementNeighborhoodTracker::visit(Element *element, bool, int, Element *, int, int distance)
{
    insert(element);
    return distance < _diameter;
}

bool ElementCastTracker::visit(Element *element, bool, int, Element *, int, int)
{
    if (!element->cast(_name.c_str()))
        return true;
    insert(element);
    return false;
}
