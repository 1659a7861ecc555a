// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "rangeiplookup.hh"

EXPORT_ELEMENT(RangeIPLookup)
