// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/base/devicename.hh"
#include <cstdio>
#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netpacket/packet.h>

namespace base {

namespace {

// The device's first address of a family, handed to `use`.
template <typename F>
bool with_address(const String &device, int family, F use)
{
    if (!is_device_name(device))
        return false;
    ifaddrs *list = nullptr;
    if (getifaddrs(&list) < 0)
        return false;
    std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
    for (ifaddrs *i = list; i; i = i->ifa_next)
        if (device == i->ifa_name && i->ifa_addr && i->ifa_addr->sa_family == family)
            return use(i);
    return false;
}

}  // namespace

bool is_device_name(const String &name)
{
    return name.length() > 0 && name.length() < IFNAMSIZ && if_nametoindex(name.c_str()) != 0;
}

bool device_prefix(const String &device, IPAddress &address, IPAddress &mask)
{
    return with_address(device, AF_INET, [&](const ifaddrs *i) {
        if (!i->ifa_netmask)
            return false;
        address = IPAddress(reinterpret_cast<const sockaddr_in *>(i->ifa_addr)->sin_addr);
        mask = IPAddress(reinterpret_cast<const sockaddr_in *>(i->ifa_netmask)->sin_addr);
        return true;
    });
}

bool device_ether(const String &device, unsigned char *address)
{
    return with_address(device, AF_PACKET, [&](const ifaddrs *i) {
        auto *link = reinterpret_cast<const sockaddr_ll *>(i->ifa_addr);
        if (link->sll_hatype != ARPHRD_ETHER || link->sll_halen != 6)
            return false;
        memcpy(address, link->sll_addr, 6);
        return true;
    });
}

bool device_gateway(const String &device, IPAddress &gateway)
{
    std::unique_ptr<FILE, decltype(&fclose)> routes(fopen("/proc/net/route", "r"), fclose);
    char line[512], name[64];
    unsigned destination, next, flags, mask;
    while (routes && fgets(line, sizeof line, routes.get()))
        if (sscanf(line, "%63s %x %x %x %*d %*d %*d %x", name, &destination, &next, &flags, &mask) == 5 && device == name
            && destination == 0 && mask == 0 && next != 0) {
            gateway = IPAddress(next);  // the file has the bytes as they are in memory
            return true;
        }
    return false;
}

}  // namespace base
