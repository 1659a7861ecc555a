// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "lineariplookup.hh"

EXPORT_ELEMENT(LinearIPLookup)
