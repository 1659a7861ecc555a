// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/base/addressnames.hh"
#include <click/etheraddress.hh>
#include <click/glue.hh>
#include <click/ipaddress.hh>
#include <click/nameinfo.hh>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace base {

bool strip_suffix(String &text, const char *suffix)
{
    const int length = static_cast<int>(strlen(suffix));
    if (text.length() <= length || !text.ends_with(suffix, length))
        return false;
    text = text.substring(0, text.length() - length);
    return true;
}

bool address_by_name(uint32_t type, const Element *context, const String &text, const char *suffix, void *value, size_t size)
{
    String name = text;
    return NameInfo::query(type, context, name, value, size)
           || (strip_suffix(name, suffix) && NameInfo::query(type, context, name, value, size));
}

static bool ask_device(const String &name, unsigned long request, ifreq &answer)
{
    if (name.empty() || name.length() >= IFNAMSIZ || name.find_left(' ') >= 0)
        return false;
    answer = {};
    memcpy(answer.ifr_name, name.data(), static_cast<size_t>(name.length()));
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    const bool ok = ioctl(fd, request, &answer) == 0;
    close(fd);
    return ok;
}

bool device_address(const String &text, IPAddress &result)
{
    String name = text;
    strip_suffix(name, ":ip");
    ifreq answer;
    if (!ask_device(name, SIOCGIFADDR, answer) || answer.ifr_addr.sa_family != AF_INET)
        return false;
    sockaddr_in address;
    memcpy(&address, &answer.ifr_addr, sizeof address);
    result = IPAddress(address.sin_addr);
    return true;
}

bool device_address(const String &text, EtherAddress &result)
{
    String name = text;
    strip_suffix(name, ":eth");
    ifreq answer;
    if (!ask_device(name, SIOCGIFHWADDR, answer) || answer.ifr_hwaddr.sa_family != ARPHRD_ETHER)
        return false;
    memcpy(result.data(), answer.ifr_hwaddr.sa_data, 6);
    return true;
}

}  // namespace base
