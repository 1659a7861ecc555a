// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_UNFINISHEDSUM_HH
#define MIMI_UNFINISHEDSUM_HH
#include <click/config.h>
#include <cstdint>
#include "virtioheader.hh"

// Recognises an Ethernet frame whose sender left the TCP or UDP checksum unfinished, where nobody says so: the field then holds the
// sum of the pseudo header alone. A finished checksum that happens to look like that (one in 65536) is told apart by
// checking it. True: `header` says where the checksum is.
bool find_unfinished_sum(const unsigned char *frame, uint32_t length, VirtioHeader &header);

#endif
