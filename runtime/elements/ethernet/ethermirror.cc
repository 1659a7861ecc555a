// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "ethermirror.hh"

EXPORT_ELEMENT(EtherMirror)
