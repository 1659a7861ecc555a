// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "bandwidthratedunqueue.hh"

EXPORT_ELEMENT(BandwidthRatedUnqueue)
