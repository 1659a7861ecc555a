// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_HOSTFILTER_HH
#define MIMI_HOSTFILTER_HH
#include <click/config.h>
#include <click/string.hh>

// Keeps the kernel's own network code from seeing the frames of a device that a router handles.
//
// A packet socket gets its copy before the netdev ingress hook runs, so a drop rule there silences the kernel (no resets, no
// answers, no second forwarding) and leaves the router its frames. The rule lives in a table of its own, one a device.
class HostFilter {
  public:
    // Returns the reason for a failure, empty on success.
    static String hide(const String &device);
    static void reveal(const String &device);
};

#endif
