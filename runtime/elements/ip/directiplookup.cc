// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "directiplookup.hh"

EXPORT_ELEMENT(DirectIPLookup)
