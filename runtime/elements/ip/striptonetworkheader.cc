// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "striptonetworkheader.hh"

EXPORT_ELEMENT(StripToNetworkHeader)
