// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_LOOKUPIP6ROUTE_HH
#define CLICK_LOOKUPIP6ROUTE_HH
#include <click/batchelement.hh>
#include <click/ip6address.hh>
#include <click/threadcounter.hh>
#include <vector>

// =Element LookupIP6Route(ADDR/BITS [GATEWAY] OUTPUT, ...)
// =Summary routes IPv6 packets by the longest prefix that covers their destination
// =Ports 1 / any number, push. The destination IPv6 annotation is looked up; without a route the packet is dropped
// =Arguments
//   ADDR/BITS  IPv6 prefix   destinations; ::/0 is the default route
//   GATEWAY    IPv6 address  becomes the destination IPv6 annotation; `-`, `::` or absent: the destination is a neighbour
//   OUTPUT     Integer       output port
// =Handlers
//   table   r  one line a route, tab-separated: prefix, gateway or -, output
//   lookup  r  `OUTPUT [GATEWAY]` for the address given as parameter, -1 when there is no route
//   drops   r  packets without a route
// =Source RFC 4291 section 2.3; RFC 1812 section 5.2.4 (longest match)
//
// Prefixes are nested or apart, so together they cut the addresses into intervals of one route each: at most two a prefix. A packet
// costs one search among the intervals' beginnings.
class LookupIP6Route : public ClassifyElement<LookupIP6Route> {
  public:
    const char *class_name() const override { return "LookupIP6Route"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return "1/-"; }
    const char *processing() const override { return PUSH; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    int classify(Packet *packet);

  private:
    struct Number {  // an address in host order
        uint64_t high, low;
        bool operator<(const Number &o) const { return high != o.high ? high < o.high : low < o.low; }
        bool operator==(const Number &o) const { return high == o.high && low == o.low; }
    };
    struct Route {
        IP6Address address, gateway;
        int bits, output;
        Number first, last;
    };

    int parse_route(const String &text, Route &route, ErrorHandler *errh) const;
    void cut();
    const Route *find(const IP6Address &address) const;
    static Number number_of(const IP6Address &address);
    static String table_handler(Element *element, void *);
    static int lookup_handler(int, String &text, Element *element, const Handler *, ErrorHandler *errh);

    std::vector<Route> _routes;   // sorted: containing before contained
    std::vector<Number> _begins;  // of intervals, ascending
    std::vector<int> _route_of;   // of each interval, -1: none
    ThreadCounter _drops;
};

#endif
