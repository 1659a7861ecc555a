// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "bindingtable_impl.hh"

namespace mimi {

template class RecordTable<BindingRecord>;
template class RecordTable<BindingRecord6>;

}  // namespace mimi

ELEMENT_PROVIDES(BindingTable)
ELEMENT_REQUIRES(FlowBinding)
