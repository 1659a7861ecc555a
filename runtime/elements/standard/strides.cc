// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "strides.hh"
#include <click/args.hh>
#include <click/error.hh>

bool Strides::parse(const String &text, int port, unsigned &tickets, ErrorHandler *errh)
{
    if (IntArg().parse(text, tickets) && tickets <= max_tickets)
        return true;
    errh->error("tickets of port %d: expected 0 to %u", port, max_tickets);
    return false;
}

int Strides::configure(const Vector<String> &conf, int nports, ErrorHandler *errh)
{
    if (conf.size() != nports)
        return errh->error("need exactly %d arguments, one for each port", nports);
    std::vector<Port> ports(nports);
    for (int i = 0; i < nports; ++i) {
        if (!parse(conf[i], i, ports[i].tickets, errh))
            return -1;
        ports[i].pass = ports[i].tickets ? ports[i].stride() : 0;
    }
    _ports.swap(ports);
    _order.clear();
    for (int i = nports - 1; i >= 0; --i)
        insert(i);
    return 0;
}

int Strides::set_tickets(int port, const String &text, ErrorHandler *errh)
{
    unsigned tickets;
    if (!parse(text, port, tickets, errh))
        return -1;
    std::erase(_order, port);
    Port &p = _ports[port];
    p.tickets = tickets;
    // Level with the others: it must not make up for the time it was away.
    p.pass = (_order.empty() ? 0 : _ports[_order.front()].pass) + (tickets ? p.stride() : 0);
    insert(port);
    return 0;
}

void Strides::insert(int port)
{
    if (_ports[port].tickets == 0)
        return;
    auto at = _order.begin();
    while (at != _order.end() && _ports[*at].pass < _ports[port].pass)
        ++at;
    _order.insert(at, port);
}

void Strides::advance(size_t n)
{
    std::vector<int> had(_order.begin(), _order.begin() + n);
    _order.erase(_order.begin(), _order.begin() + n);
    for (int port : had) {
        _ports[port].pass += _ports[port].stride();
        insert(port);
    }
}
