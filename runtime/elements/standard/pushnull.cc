// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "pushnull.hh"

EXPORT_ELEMENT(PushNull)
