// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "fullnotequeue.hh"

EXPORT_ELEMENT(FullNoteQueue)
