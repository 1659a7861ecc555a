// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_SACK_HH
#define MIMI_SACK_HH

// Finds the sequence numbers in the selective acknowledgements of a TCP header (RFC 2018). C++11, nothing of Click.

namespace mimi {

// Calls change(edge) with the address of every edge, four bytes in network order anywhere in memory. Stops at options that
// contradict themselves.
template <class Change> void for_each_sack_edge(unsigned char *tcp, unsigned header_bytes, Change change)
{
    const unsigned fixed_header = 20;
    const unsigned char end_of_options = 0, no_operation = 1, sack = 5;
    unsigned char *p = tcp + fixed_header;
    unsigned char *const stop = tcp + header_bytes;
    while (p < stop && *p != end_of_options) {
        if (*p == no_operation) {
            ++p;
            continue;
        }
        if (stop - p < 2 || p[1] < 2 || p[1] > stop - p)
            return;
        if (*p == sack)
            for (unsigned char *edge = p + 2; edge + 4 <= p + p[1]; edge += 4)
                change(edge);
        p += p[1];
    }
}

}  // namespace mimi
#endif
