/* SPDX-License-Identifier: Apache-2.0 */
#include "fold.h"

unsigned fold_bytes(const unsigned char *bytes, unsigned length)
{
    unsigned sum = 0, i;
    for (i = 0; i < length; ++i)
        sum = (sum + bytes[i]) & 0xff;
    return sum;
}
