// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_LINEARIPLOOKUP_HH
#define CLICK_LINEARIPLOOKUP_HH
#include "iproutetable.hh"

// =Element LinearIPLookup(ADDR/MASK [GATEWAY] OUTPUT, ...)
// =Summary routes packets by the longest prefix that covers their destination
// =Ports 1 / any number, push. The destination IP annotation is looked up; without a route the packet is dropped
// =Arguments
//   ADDR/MASK  IPPrefix   destinations; 0/0 is the default route
//   GATEWAY    IPAddress  becomes the destination IP annotation; `-` or absent: the destination is a neighbour
//   OUTPUT     Integer    output port
// =Handlers
//   table   r  in the order they came, one line a route, tab-separated: prefix, gateway or -, output
//   lookup  r  `OUTPUT [GATEWAY]` for the address given as parameter, -1 when there is no route
//   add     w  a route; an error if its prefix has one
//   set     w  a route; replaces that of its prefix
//   remove  w  a route, or just its prefix
//   ctrl    w  lines `add ROUTE`, `set ROUTE`, `remove ROUTE`; all are carried out, or none
//   flush   w  remove all routes
//   drops   r  packets without a route
// =Source RFC 1812 section 5.2.4; all route tables of this runtime share one (ip/prefixtable.hh)
class LinearIPLookup : public IPRouteTable {
  public:
    const char *class_name() const override { return "LinearIPLookup"; }

  protected:
    bool lists_by_age() const override { return true; }
};

#endif
