// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "radixiplookup.hh"

EXPORT_ELEMENT(RadixIPLookup)
