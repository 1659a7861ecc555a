// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_BIGHASHMAP_HH
#define CLICK_BIGHASHMAP_HH
// The name HashMap's header used to have.
#include <click/hashmap.hh>
#endif
