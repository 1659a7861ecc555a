// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "unstripipheader.hh"

EXPORT_ELEMENT(UnstripIPHeader)
