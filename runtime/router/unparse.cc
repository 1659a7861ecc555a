// SPDX-License-Identifier: Apache-2.0
// A router as text.
#include <click/config.h>
#include <click/confparse.hh>
#include <click/router.hh>
#include <click/straccum.hh>
#include "runtime/router/portcode.hh"
#include <algorithm>

namespace {

// Connections as chains: one goes on at the element it leads to, when both use port 0 there.
class Chains {
  public:
    Chains(const Router &router, std::vector<Router::Connection> connections)
        : _router(router), _connections(std::move(connections)), _next(_connections.size(), -1),
          _starts(_connections.size(), true), _used(_connections.size(), false)
    {
        for (size_t i = 0; i < _connections.size(); ++i)
            find_next(i);
    }

    void unparse(StringAccum &sa, const String &indent)
    {
        for (size_t i = 0; i < _connections.size(); ++i)
            if (_starts[i])
                chain(sa, indent, static_cast<int>(i));
        // What is left are circles: any connection may come first.
        for (size_t i = 0; i < _connections.size(); ++i)
            chain(sa, indent, static_cast<int>(i));
    }

  private:
    const Router &_router;
    std::vector<Router::Connection> _connections;
    std::vector<int> _next;
    std::vector<bool> _starts;
    std::vector<bool> _used;

    void find_next(size_t i)
    {
        const Router::Endpoint &to = _connections[i].to;
        if (to.port != 0)
            return;
        auto found = std::lower_bound(
            _connections.begin(), _connections.end(), to,
            [](const Router::Connection &c, const Router::Endpoint &end) { return c.from < end; });
        if (found == _connections.end() || found->from != to)
            return;
        _next[i] = static_cast<int>(found - _connections.begin());
        if (_next[i] != static_cast<int>(i))
            _starts[_next[i]] = false;
    }

    void chain(StringAccum &sa, const String &indent, int first)
    {
        if (_used[first])
            return;
        const Router::Endpoint &from = _connections[first].from;
        sa << indent << _router.ename(from.element);
        if (from.port)
            sa << " [" << from.port << "]";
        for (int i = first; i >= 0 && !_used[i]; i = _next[i]) {
            const Router::Endpoint &to = _connections[i].to;
            if (i != first)
                sa << "\n" << indent << "   ";
            sa << " -> ";
            if (to.port)
                sa << "[" << to.port << "] ";
            sa << _router.ename(to.element);
            _used[i] = true;
        }
        sa << ";\n";
    }
};

void unparse_requirements(StringAccum &sa, const String &indent, const Vector<String> &requirements)
{
    if (!requirements.size())
        return;
    sa << indent << "require(";
    for (int i = 0; i + 1 < requirements.size(); i += 2) {
        sa << (i ? ", " : "") << requirements[i];
        if (requirements[i + 1])
            sa << " " << cp_quote(requirements[i + 1]);
    }
    sa << ");\n\n";
}

void append_count(StringAccum &sa, int count, const char *what)
{
    sa << count << " " << what << (count == 1 ? "\n" : "s\n");
}

}  // namespace

void Router::unparse(StringAccum &sa, const String &indent) const
{
    unparse_requirements(sa, indent, _requirements);
    for (const Node &node : _elements) {
        sa << indent << node.name << " :: " << node.element->class_name();
        if (node.configuration)
            sa << "(" << node.configuration << ")";
        sa << ";\n";
    }
    if (_connections.empty())
        return;
    sa << "\n";
    std::vector<Connection> connections = _connections;
    std::sort(connections.begin(), connections.end());
    connections.erase(std::unique(connections.begin(), connections.end()), connections.end());
    Chains(*this, std::move(connections)).unparse(sa, indent);
}

String Router::flat_configuration_string() const
{
    StringAccum sa;
    unparse(sa);
    return sa.take_string();
}

String Router::element_list_string() const
{
    StringAccum sa;
    sa << nelements() << "\n";
    for (const Node &node : _elements)
        sa << node.name << "\n";
    return sa.take_string();
}

String Router::element_ports_string(const Element *element) const
{
    StringAccum sa;
    router_ports::ProcessingCode codes(element->processing());
    for (int isoutput = 0; isoutput < 2; ++isoutput) {
        append_count(sa, element->nports(isoutput), isoutput ? "output" : "input");
        for (int port = 0; port < element->nports(isoutput); ++port) {
            bool pull = isoutput ? element->output_is_pull(port) : element->input_is_pull(port);
            sa << (pull ? "pull" : "push") << (codes.of(isoutput, port) == router_ports::agnostic ? "~" : "");
            sa << "\t-\t";
            const char *separator = "";
            for (const Connection &connection : _connections) {
                const Endpoint &here = isoutput ? connection.from : connection.to;
                const Endpoint &there = isoutput ? connection.to : connection.from;
                if (here.element != element->eindex() || here.port != port)
                    continue;
                sa << separator << ename(there.element) << " [" << there.port << "]";
                separator = ", ";
            }
            sa << "\n";
        }
    }
    return sa.take_string();
}
