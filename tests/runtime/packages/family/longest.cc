// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "others.hh"
CLICK_DECLS

Packet *Longest::simple_action(Packet *p)
{
    if (p->length() > _sum)
        _sum = p->length();
    return p;
}

CLICK_ENDDECLS
ELEMENT_REQUIRES(FamilyParent)
ELEMENT_HEADER("others.hh")
EXPORT_ELEMENT(Longest Longest-FamilyMax)
