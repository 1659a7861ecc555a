// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "dropbroadcasts.hh"

EXPORT_ELEMENT(DropBroadcasts)
