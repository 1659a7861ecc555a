// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BASE_WELLKNOWN_HH
#define MIMI_BASE_WELLKNOWN_HH

class NameInfo;

namespace base {

// Adds the names that every configuration knows: protocols, ports, ICMP types, annotations, signals.
void add_well_known_names(NameInfo &names);

}  // namespace base

#endif
