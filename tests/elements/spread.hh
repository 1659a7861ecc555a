// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_TESTS_SPREAD_HH
#define MIMI_TESTS_SPREAD_HH
#include <arpa/inet.h>
#include "elements/flowaddress.hh"

// Addresses of programs that try out one family like the other.

namespace mimi {

// The address of a number; others have others. Of IPv6 any of the four words may be the one that differs.
template <class A> A spread(uint32_t number);

template <> inline uint32_t spread<uint32_t>(uint32_t number)
{
    return htonl(number);
}

template <> inline Address6 spread<Address6>(uint32_t number)
{
    Address6 a = {{htonl(0x20010db8), 0, 0, htonl(1)}};
    a.word[number % 4] = htonl(number);
    return a;
}

}  // namespace mimi
#endif
