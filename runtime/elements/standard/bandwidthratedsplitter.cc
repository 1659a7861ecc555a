// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "bandwidthratedsplitter.hh"

EXPORT_ELEMENT(BandwidthRatedSplitter)
