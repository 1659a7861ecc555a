// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/router/routersetup.hh"
#include <click/error.hh>

using router_ports::agnostic;
using router_ports::pull;
using router_ports::push;

namespace {

const char *side(bool isoutput)
{
    return isoutput ? "output" : "input";
}

const char *word(router_ports::Processing processing)
{
    return processing == push ? "push" : processing == pull ? "pull" : "agnostic";
}

}  // namespace

int RouterSetup::run()
{
    int result = count_ports();
    if (check_range() < 0)
        return -1;
    find_ties();
    if (spread() < 0)
        result = -1;
    if (check_completeness() < 0)
        result = -1;
    if (result >= 0)
        connect();
    return result;
}

int RouterSetup::set_counts(Element *element, int ninputs_used, int noutputs_used)
{
    router_ports::PortCount count(element->port_count());
    router_ports::ProcessingCode codes(element->processing());
    int ninputs, noutputs;
    count.settle(ninputs_used, noutputs_used, ninputs, noutputs);
    element->set_nports(ninputs, noutputs);
    ElementPorts &ports = _elements[element->eindex()];
    for (int isoutput = 0; isoutput < 2; ++isoutput)
        for (int port = 0; port < element->nports(isoutput); ++port)
            ports.ports[isoutput].push_back({codes.of(isoutput, port)});
    if (!count.valid)
        _router->element_lerror(_errh, element, "%<%s%> has a bad port count %<%s%>", element->declaration().c_str(),
                                element->port_count());
    if (!codes.valid)
        _router->element_lerror(_errh, element, "%<%s%> has a bad processing code %<%s%>",
                                element->declaration().c_str(), element->processing());
    return count.valid && codes.valid ? 0 : -1;
}

int RouterSetup::count_ports()
{
    std::vector<int> used[2];
    used[0].resize(static_cast<size_t>(_router->nelements()));
    used[1] = used[0];
    for (const Router::Connection &connection : _router->connections()) {
        used[1][connection.from.element] = std::max(used[1][connection.from.element], connection.from.port + 1);
        used[0][connection.to.element] = std::max(used[0][connection.to.element], connection.to.port + 1);
    }
    _elements.resize(static_cast<size_t>(_router->nelements()));
    int result = 0;
    for (Element *element : _router->elements())
        if (set_counts(element, used[0][element->eindex()], used[1][element->eindex()]) < 0)
            result = -1;
    return result;
}

int RouterSetup::check_range()
{
    int result = 0;
    auto check = [&](bool isoutput, const Router::Endpoint &end) {
        Element *element = _router->element(end.element);
        if (end.port < element->nports(isoutput))
            return;
        _router->element_lerror(_errh, element, "%<%s%> has no %s %d", element->declaration().c_str(), side(isoutput),
                                end.port);
        result = -1;
    };
    for (const Router::Connection &connection : _router->connections()) {
        check(true, connection.from);
        check(false, connection.to);
    }
    return result;
}

// Only agnostic ports that packets pass between depend on each other.
void RouterSetup::find_ties()
{
    for (Element *element : _router->elements()) {
        ElementPorts &ports = _elements[element->eindex()];
        router_ports::FlowCode flow(_router->flow_code(element));
        if (!flow.valid())
            _router->element_lerror(_errh, element, "%<%s%> has a bad flow code", element->declaration().c_str());
        for (int input = 0; input < element->ninputs(); ++input)
            for (int output = 0; output < element->noutputs(); ++output)
                if (ports.ports[0][input].processing == agnostic && ports.ports[1][output].processing == agnostic &&
                    flow.connects(input, output))
                    ports.ties.emplace_back(input, output);
    }
}

void RouterSetup::report_mixed(int element, int input, int output)
{
    const ElementPorts &ports = _elements[element];
    _router->element_lerror(_errh, _router->element(element),
                            "agnostic %<%s%> in mixed context: %s input %d, %s output %d",
                            _router->element(element)->declaration().c_str(), word(ports.ports[0][input].processing),
                            input, word(ports.ports[1][output].processing), output);
}

bool RouterSetup::spread_ties(int &result)
{
    bool changed = false;
    for (size_t i = 0; i < _elements.size(); ++i) {
        std::vector<std::pair<int, int>> &ties = _elements[i].ties;
        for (size_t t = 0; t < ties.size();) {
            auto [input, output] = ties[t];
            Processing &in = _elements[i].ports[0][input].processing;
            Processing &out = _elements[i].ports[1][output].processing;
            if (in == agnostic && out == agnostic) {
                ++t;
                continue;
            }
            if (in == agnostic || out == agnostic) {
                (in == agnostic ? in : out) = in == agnostic ? out : in;
                changed = true;
            } else if (in != out) {
                report_mixed(static_cast<int>(i), input, output);
                result = -1;
            }
            ties[t] = ties.back();
            ties.pop_back();
        }
    }
    return changed;
}

bool RouterSetup::spread_connections(std::vector<bool> &reported, int &result)
{
    bool changed = false;
    const std::vector<Router::Connection> &connections = _router->connections();
    for (size_t i = 0; i < connections.size(); ++i) {
        const Router::Connection &connection = connections[i];
        Processing &out = processing(true, connection.from), &in = processing(false, connection.to);
        if (in == out || reported[i])
            continue;
        if (in == agnostic || out == agnostic) {
            (in == agnostic ? in : out) = in == agnostic ? out : in;
            changed = true;
            continue;
        }
        reported[i] = true;
        result = _errh->error("%<%s%> %s output %d connected to %<%s%> %s input %d",
                              _router->element(connection.from.element)->declaration().c_str(), word(out),
                              connection.from.port, _router->element(connection.to.element)->declaration().c_str(),
                              word(in), connection.to.port);
    }
    return changed;
}

// What is known spreads over connections and through elements until nothing changes; the rest is push.
int RouterSetup::spread()
{
    int result = 0;
    std::vector<bool> reported(_router->connections().size(), false);
    auto settle = [&] {
        for (bool changed = true; changed;) {
            changed = spread_connections(reported, result);
            changed = spread_ties(result) || changed;
        }
    };
    settle();
    for (ElementPorts &element : _elements)
        for (auto &ports : element.ports)
            for (PortState &port : ports)
                if (port.processing == agnostic)
                    port.processing = push;
    settle();
    return result < 0 ? -1 : 0;
}

int RouterSetup::check_port(Element *element, bool isoutput, int port)
{
    const PortState &state = _elements[element->eindex()].ports[isoutput][port];
    if (state.connections == 0) {
        _router->element_lerror(_errh, element, "%<%s%> %s %d unused", element->declaration().c_str(), side(isoutput),
                                port);
        return -1;
    }
    // The side that calls must know whom: one push input takes from many outputs, but an output pushes to one input.
    bool caller = isoutput ? state.processing == push : state.processing == pull;
    if (caller && state.connections > 1) {
        _router->element_lerror(_errh, element, "illegal reuse of %<%s%> %s %s %d", element->declaration().c_str(),
                                word(state.processing), side(isoutput), port);
        return -1;
    }
    return 0;
}

int RouterSetup::check_completeness()
{
    for (const Router::Connection &connection : _router->connections()) {
        ++_elements[connection.from.element].ports[1][connection.from.port].connections;
        ++_elements[connection.to.element].ports[0][connection.to.port].connections;
    }
    int result = 0;
    for (Element *element : _router->elements())
        for (int isoutput = 0; isoutput < 2; ++isoutput)
            for (int port = 0; port < element->nports(isoutput); ++port)
                if (check_port(element, isoutput, port) < 0)
                    result = -1;
    return result;
}

void RouterSetup::connect()
{
    for (const Router::Connection &connection : _router->connections()) {
        Element *from = _router->element(connection.from.element), *to = _router->element(connection.to.element);
        if (processing(true, connection.from) == push)
            from->connect_port(true, connection.from.port, to, connection.to.port);
        else
            to->connect_port(false, connection.to.port, from, connection.from.port);
    }
}
