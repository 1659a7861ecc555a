// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "null.hh"

EXPORT_ELEMENT(Null)
