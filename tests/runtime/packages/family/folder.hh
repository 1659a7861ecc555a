// SPDX-License-Identifier: Apache-2.0
#ifndef FAMILY_FOLDER_HH
#define FAMILY_FOLDER_HH
#include "parent.hh"
CLICK_DECLS

// FamilySum: adds up all bytes it sees, modulo 256.
class Folder : public FamilyParent {
  public:
    const char *class_name() const { return "FamilySum"; }
    Packet *simple_action(Packet *p);
};

CLICK_ENDDECLS
#endif
