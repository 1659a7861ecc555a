// SPDX-License-Identifier: Apache-2.0
#ifndef FAMILY_NAMES_HH
#define FAMILY_NAMES_HH
#include <click/string.hh>

// Header only: what elements of the family call a sum.
inline String sum_name(unsigned sum)
{
    return sum % 2 ? String("odd") : String("even");
}

#endif
