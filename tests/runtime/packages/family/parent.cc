// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "parent.hh"
#include "inner/names.hh"
#include <cstring>
CLICK_DECLS

void *FamilyParent::cast(const char *name)
{
    return std::strcmp(name, "FamilyParent") == 0 ? this : Element::cast(name);
}

static String read_name(Element *e, void *thunk)
{
    return sum_name(*reinterpret_cast<unsigned *>(static_cast<char *>(e->cast("FamilyParent")) + reinterpret_cast<intptr_t>(thunk)));
}

void FamilyParent::add_handlers()
{
    add_data_handlers("sum", Handler::OP_READ, &_sum);
    intptr_t offset = reinterpret_cast<char *>(&_sum) - reinterpret_cast<char *>(static_cast<FamilyParent *>(this));
    add_read_handler("name", read_name, offset);
}

CLICK_ENDDECLS
ELEMENT_PROVIDES(FamilyParent)
