// SPDX-License-Identifier: Apache-2.0
#ifndef FAMILY_OTHERS_HH
#define FAMILY_OTHERS_HH
#include "parent.hh"
CLICK_DECLS

// Longest, also called FamilyMax: the length of the longest packet.
class Longest : public FamilyParent {
  public:
    const char *class_name() const { return "Longest"; }
    Packet *simple_action(Packet *p);
};

CLICK_ENDDECLS
#endif
