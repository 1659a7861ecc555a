// SPDX-License-Identifier: Apache-2.0
#ifndef FAMILY_PARENT_HH
#define FAMILY_PARENT_HH
#include <click/element.hh>
CLICK_DECLS

// What the elements of the family share; no element itself.
class FamilyParent : public Element {
  public:
    FamilyParent() : _sum(0) {}

    const char *port_count() const { return PORTS_1_1; }
    void *cast(const char *name);
    void add_handlers();

  protected:
    unsigned _sum;
};

CLICK_ENDDECLS
#endif
