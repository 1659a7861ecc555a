// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "roundrobinswitch.hh"

EXPORT_ELEMENT(RoundRobinSwitch)
