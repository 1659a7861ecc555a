// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "staticiplookup.hh"

EXPORT_ELEMENT(StaticIPLookup)
