// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_BASE_DEVICENAME_HH
#define MIMI_BASE_DEVICENAME_HH
#include <click/ipaddress.hh>
#include <click/string.hh>

// What the names of this machine's network devices stand for in configurations ("eth0:eth", "eth0:ip"). All are false
// if there is no such device or it has no such address.
namespace base {

bool is_device_name(const String &name);
bool device_prefix(const String &device, IPAddress &address, IPAddress &mask);
bool device_ether(const String &device, unsigned char *address);
// The gateway of the device's default route.
bool device_gateway(const String &device, IPAddress &gateway);

}  // namespace base

#endif
