// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_FLOWADDRESS_HH
#define MIMI_FLOWADDRESS_HH
#include <cstdint>
#include <cstring>

// The addresses of a flow's tuple. Whatever knows flows has the type of address as its parameter `A`: uint32_t for IPv4, Address6
// for IPv6, both in network byte order, as packets carry them. `FlowTuple`, `FlowKey` and so on, without a suffix, are IPv4's.

namespace mimi {

// An IPv6 address (RFC 4291), as four words for speed. No constructor, so that it may be left unset like a number.
struct Address6 {
    uint32_t word[4];  // each in network byte order, the first the most significant

    static Address6 from_bytes(const void *sixteen)  // wherever they lie
    {
        Address6 a;
        memcpy(a.word, sixteen, sizeof(a.word));
        return a;
    }
    void to_bytes(void *sixteen) const { memcpy(sixteen, word, sizeof(word)); }

    // Without branches: the compiler makes it two vector words.
    bool operator==(const Address6 &o) const
    {
        return ((word[0] ^ o.word[0]) | (word[1] ^ o.word[1]) | (word[2] ^ o.word[2]) | (word[3] ^ o.word[3])) == 0;
    }
    bool operator!=(const Address6 &o) const { return !(*this == o); }
};

// What depends on the type of address.
template <class A> struct AddressFamily;

template <> struct AddressFamily<uint32_t> {
    enum { version = 4, bytes = 4 };
    static bool is_unspecified(uint32_t a) { return a == 0; }
};

template <> struct AddressFamily<Address6> {
    enum { version = 6, bytes = 16 };
    static bool is_unspecified(const Address6 &a) { return (a.word[0] | a.word[1] | a.word[2] | a.word[3]) == 0; }
};

}  // namespace mimi
#endif
