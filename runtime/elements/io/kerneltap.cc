// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "kerneltap.hh"

EXPORT_ELEMENT(KernelTap)
ELEMENT_REQUIRES(userlevel)
