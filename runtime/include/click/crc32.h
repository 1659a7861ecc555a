/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLICK_CRC32_H
#define CLICK_CRC32_H
#include <stdint.h>

/* Extends a CRC-32 (polynomial 0x04C11DB7, most significant bit first, no final inversion) by `len` bytes. */
uint32_t update_crc(uint32_t crc, const char *data, int len);

#endif
