// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "pullnull.hh"

EXPORT_ELEMENT(PullNull)
