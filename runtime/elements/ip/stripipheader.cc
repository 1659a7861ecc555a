// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "stripipheader.hh"

EXPORT_ELEMENT(StripIPHeader)
