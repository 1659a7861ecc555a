// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_SUMMARYBINARY_HH
#define MIMI_SUMMARYBINARY_HH
#include "ipsummary.hh"

// Binary records of IP summary dumps: each field in network order with a fixed width, options with a byte that says how many
// bytes follow, zeros for what a packet does not have.
namespace summarybinary {

bool has(const ipsummary::Field &field);
void write(const ipsummary::Field &field, const ipsummary::View &view, StringAccum &sa);
// Moves `data` on. False when the record ends too early or the value is wrong.
bool read(const ipsummary::Field &field, const unsigned char *&data, const unsigned char *end, ipsummary::Draft &draft,
          const Element *context);

}  // namespace summarybinary

#endif
