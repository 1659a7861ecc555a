// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "lookupip6route.hh"
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/straccum.hh>
#include <algorithm>

LookupIP6Route::Number LookupIP6Route::number_of(const IP6Address &address)
{
    const uint32_t *w = address.data32();
    return Number{(uint64_t(ntohl(w[0])) << 32) | ntohl(w[1]), (uint64_t(ntohl(w[2])) << 32) | ntohl(w[3])};
}

int LookupIP6Route::parse_route(const String &text, Route &route, ErrorHandler *errh) const
{
    Vector<String> words;
    cp_spacevec(text, words);
    if (words.size() != 2 && words.size() != 3)
        return errh->error("'%s': expected ADDR/BITS [GATEWAY] OUTPUT", text.c_str());
    if (!IP6PrefixArg(true).parse(words[0], route.address, route.bits, this))
        return errh->error("'%s': expected an IPv6 prefix, found '%s'", text.c_str(), words[0].c_str());
    if (words.size() == 3 && words[1] != "-" && !IP6AddressArg().parse(words[1], route.gateway, this))
        return errh->error("'%s': expected an IPv6 address as gateway, found '%s'", text.c_str(), words[1].c_str());
    if (!IntArg().parse(words[words.size() - 1], route.output) || route.output < 0 || route.output >= noutputs())
        return errh->error("'%s': expected an output from 0 to %d, found '%s'", text.c_str(), noutputs() - 1, words[words.size() - 1].c_str());
    const IP6Address mask = IP6Address::make_prefix(route.bits), rest = IP6Address::make_inverted_prefix(route.bits);
    route.address = route.address & mask;
    route.first = number_of(route.address);
    route.last = number_of(route.address | rest);
    return 0;
}

int LookupIP6Route::configure(Vector<String> &conf, ErrorHandler *errh)
{
    for (int i = 0; i < conf.size(); ++i) {
        Route route = Route();
        if (parse_route(conf[i], route, errh) < 0)
            return -1;
        for (const Route &other : _routes)
            if (other.address == route.address && other.bits == route.bits)
                return errh->error("'%s': the prefix has a route already", conf[i].c_str());
        _routes.push_back(route);
    }
    std::sort(_routes.begin(), _routes.end(), [](const Route &a, const Route &b) { return a.first == b.first ? a.bits < b.bits : a.first < b.first; });
    cut();
    return 0;
}

// Sweeps over the prefixes with those that are open on a stack: where one ends, the one around it goes on.
void LookupIP6Route::cut()
{
    std::vector<int> open;
    const auto begin = [this](const Number &at, int route) {
        if (!_begins.empty() && _begins.back() == at)
            _route_of.back() = route;
        else {
            _begins.push_back(at);
            _route_of.push_back(route);
        }
    };
    const auto close = [&] {
        Number next = _routes[size_t(open.back())].last;
        open.pop_back();
        next.high += ++next.low == 0;
        if (next.high != 0 || next.low != 0)  // else it ended with the last address of all
            begin(next, open.empty() ? -1 : open.back());
    };
    begin(Number{0, 0}, -1);
    for (size_t i = 0; i != _routes.size(); ++i) {
        while (!open.empty() && _routes[size_t(open.back())].last < _routes[i].first)
            close();
        begin(_routes[i].first, int(i));
        open.push_back(int(i));
    }
    while (!open.empty())
        close();
}

const LookupIP6Route::Route *LookupIP6Route::find(const IP6Address &address) const
{
    const size_t at = size_t(std::upper_bound(_begins.begin(), _begins.end(), number_of(address)) - _begins.begin()) - 1;
    return _route_of[at] < 0 ? nullptr : &_routes[size_t(_route_of[at])];
}

int LookupIP6Route::classify(Packet *packet)
{
    const Route *route = find(packet->dst_ip6_anno());
    if (!route) {
        ++_drops;
        return -1;
    }
    if (route->gateway)
        packet->set_dst_ip6_anno(route->gateway);
    return route->output;
}

String LookupIP6Route::table_handler(Element *element, void *)
{
    StringAccum sa;
    for (const Route &r : static_cast<LookupIP6Route *>(element)->_routes)
        sa << r.address.unparse() << '/' << r.bits << '\t' << (r.gateway ? r.gateway.unparse() : String("-")) << '\t' << r.output << '\n';
    return sa.take_string();
}

int LookupIP6Route::lookup_handler(int, String &text, Element *element, const Handler *, ErrorHandler *errh)
{
    IP6Address address;
    if (!IP6AddressArg().parse(cp_uncomment(text), address, element))
        return errh->error("expected an IPv6 address, found '%s'", text.c_str());
    const Route *r = static_cast<LookupIP6Route *>(element)->find(address);
    text = r ? String(r->output) + (r->gateway ? " " + r->gateway.unparse() : String()) : String("-1");
    return 0;
}

void LookupIP6Route::add_handlers()
{
    add_read_handler("table", table_handler, 0);
    set_handler("lookup", Handler::f_read | Handler::f_read_param, lookup_handler, 0, 0);
    add_counter_handler(this, "drops", &_drops);
}

EXPORT_ELEMENT(LookupIP6Route)
