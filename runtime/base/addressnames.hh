// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BASE_ADDRESSNAMES_HH
#define MIMI_BASE_ADDRESSNAMES_HH
#include <click/string.hh>
#include <cstddef>
#include <cstdint>

class Element;
class EtherAddress;
class IPAddress;

// Names that stand for addresses: those that AddressInfo defines, and network devices of this host. A suffix tells which
// address of a name is meant: "eth0:eth", "eth0:ip".
namespace base {

// The value of a defined name, with or without the suffix.
bool address_by_name(uint32_t type, const Element *context, const String &text, const char *suffix, void *value, size_t size);
// The address of a network device, with or without the suffix ":ip" or ":eth".
bool device_address(const String &text, IPAddress &result);
bool device_address(const String &text, EtherAddress &result);
// Removes the suffix; false if it is not there, or nothing else is.
bool strip_suffix(String &text, const char *suffix);

}  // namespace base

#endif
