// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "notifierqueue.hh"

EXPORT_ELEMENT(NotifierQueue)
