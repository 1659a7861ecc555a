// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "randomswitch.hh"

EXPORT_ELEMENT(RandomSwitch)
