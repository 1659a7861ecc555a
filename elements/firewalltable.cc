// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "bindingtable_impl.hh"
#include "firewallrecord.hh"

namespace mimi {

template class RecordTable<FirewallRecord>;
template class RecordTable<FirewallRecord6>;

}  // namespace mimi

ELEMENT_PROVIDES(FirewallTable)
ELEMENT_REQUIRES(BindingTable)
