// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "folder.hh"
#include "fold.h"
#include <cmath>
CLICK_DECLS

Packet *Folder::simple_action(Packet *p)
{
    _sum = static_cast<unsigned>(std::fmod(_sum + fold_bytes(p->data(), p->length()), 256));
    return p;
}

CLICK_ENDDECLS
ELEMENT_REQUIRES(FamilyParent userlevel)
ELEMENT_LIBS((-lm))
EXPORT_ELEMENT(Folder)
