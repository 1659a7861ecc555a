// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_ADDRESSTEXT_HH
#define MIMI_ADDRESSTEXT_HH
#include <cstddef>
#include <cstdint>
#include <string>
#include "flowaddress.hh"

// The text of addresses and endpoints, in network byte order: `10.2.0.1`, `10.2.0.1:8080`, `2001:db8::1`, `[2001:db8::1]:8080`.
//
// It is canonical: writing and reading are inverses in both directions. IPv4 has no leading zeros. IPv6 is as RFC 5952 sections
// 4.1 to 4.3 has it (lower case, no leading zeros, `::` for the longest run of zero groups, the first of several, and never for
// one group alone), but always in hexadecimal groups: `::ffff:c000:201`, not `::ffff:192.0.2.1`.

namespace mimi {

enum : size_t { endpoint_text_max = 48 };

// Each writes at `out` (room for endpoint_text_max), returns the end, adds no NUL.
char *write_decimal(char *out, uint64_t value);
char *write_address(char *out, uint32_t addr);
char *write_address(char *out, const Address6 &addr);
char *write_endpoint(char *out, uint32_t addr, uint16_t port);
char *write_endpoint(char *out, const Address6 &addr, uint16_t port);

std::string address_text(uint32_t addr);
std::string address_text(const Address6 &addr);
std::string endpoint_text(uint32_t addr, uint16_t port);
std::string endpoint_text(const Address6 &addr, uint16_t port);

// The canonical IPv6 address that `p` begins with: where it ends, or null.
const char *read_address(const char *p, const char *end, Address6 &addr);

// False unless all of `text` is exactly that.
bool parse_address(const std::string &text, uint32_t &addr);
bool parse_address(const std::string &text, Address6 &addr);
bool parse_endpoint(const std::string &text, uint32_t &addr, uint16_t &port);
bool parse_endpoint(const std::string &text, Address6 &addr, uint16_t &port);

// `text` is no endpoint, but means one of IPv6: how it is written. Empty if it means none.
std::string canonical_endpoint(const std::string &text);

}  // namespace mimi
#endif
