// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "checkipheader2.hh"

EXPORT_ELEMENT(CheckIPHeader2)
