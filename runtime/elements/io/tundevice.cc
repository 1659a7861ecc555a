// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "tundevice.hh"
#include <click/packet.hh>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>
#include "framesender.hh"

namespace {

constexpr const char *device_file = "/dev/net/tun";

String because(const String &what)
{
    int error = errno;
    String text = what + ": " + strerror(error);
    if (error == EPERM || error == EACCES)
        text += " (it takes root, or the capability NET_ADMIN)";
    return text;
}

ifreq request_for(const String &name)
{
    ifreq request{};
    memcpy(request.ifr_name, name.data(), static_cast<size_t>(name.length()));
    return request;
}

sockaddr in_sockaddr(IPAddress address)
{
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr = address.in_addr();
    sockaddr any;
    memcpy(&any, &in, sizeof(any));
    return any;
}

String set_address(int control, const String &name, unsigned long what, IPAddress value, const char *word)
{
    ifreq request = request_for(name);
    request.ifr_addr = in_sockaddr(value);
    return ioctl(control, what, &request) == 0 ? String() : because(String("cannot set the ") + word + " " + value.unparse());
}

String set_ether(int control, const String &name, const EtherAddress &ether)
{
    ifreq request = request_for(name);
    request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    memcpy(request.ifr_hwaddr.sa_data, ether.data(), 6);
    return ioctl(control, SIOCSIFHWADDR, &request) == 0 ? String() : because("cannot set the Ethernet address " + ether.unparse());
}

String set_mtu(int control, const String &name, int mtu)
{
    ifreq request = request_for(name);
    request.ifr_mtu = mtu;
    return ioctl(control, SIOCSIFMTU, &request) == 0 ? String() : because("cannot set the MTU " + String(mtu));
}

String bring_up(int control, const String &name)
{
    ifreq request = request_for(name);
    if (ioctl(control, SIOCGIFFLAGS, &request) < 0)
        return because("cannot bring it up");
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    return ioctl(control, SIOCSIFFLAGS, &request) == 0 ? String() : because("cannot bring it up");
}

String add_default_route(int control, const String &name, IPAddress gateway)
{
    String device = name;
    rtentry route{};
    route.rt_dst = route.rt_genmask = in_sockaddr(IPAddress());
    route.rt_gateway = in_sockaddr(gateway);
    route.rt_flags = RTF_UP | RTF_GATEWAY;
    route.rt_dev = const_cast<char *>(device.c_str());
    return ioctl(control, SIOCADDRT, &route) == 0 ? String() : because("cannot add a default route through " + gateway.unparse());
}

}  // namespace

String TunDevice::attach(const Options &options)
{
    if (options.name.length() >= IFNAMSIZ)
        return "expected a name of at most " + String(IFNAMSIZ - 1) + " characters";
    _fd = ::open(device_file, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (_fd < 0) {
        bool absent = errno == ENOENT || errno == ENODEV || errno == ENXIO;
        return because(device_file) + (absent ? " (the kernel's module tun makes it)" : "");
    }
    ifreq request = request_for(options.name);
    request.ifr_flags = (options.tap ? IFF_TAP : IFF_TUN) | IFF_VNET_HDR;
    if (ioctl(_fd, TUNSETIFF, &request) < 0) {
        bool busy = errno == EBUSY || errno == EINVAL;
        return because(device_file) + (busy ? " (a device of that name exists, of another kind or in use)" : "");
    }
    _name = request.ifr_name;
    return String();
}

String TunDevice::set_up(const Options &options, int control)
{
    String problem;
    if (options.tap && options.ether && (problem = set_ether(control, _name, options.ether)))
        return problem;
    if (options.mtu != 1500 && (problem = set_mtu(control, _name, options.mtu)))
        return problem;
    if (options.address
        && ((problem = set_address(control, _name, SIOCSIFADDR, options.address, "address"))
            || (problem = set_address(control, _name, SIOCSIFNETMASK, options.mask, "network mask"))))
        return problem;
    if ((problem = bring_up(control, _name)))
        return problem;
    return options.gateway ? add_default_route(control, _name, options.gateway) : String();
}

String TunDevice::open(const Options &options)
{
    String problem = attach(options);
    if (!problem) {
        int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        problem = control < 0 ? because("socket") : set_up(options, control);
        if (control >= 0)
            ::close(control);
    }
    if (problem)
        close();
    return problem;
}

void TunDevice::take(TunDevice &other)
{
    close();
    _fd = std::exchange(other._fd, -1);
    _name = other._name;
}

void TunDevice::close()
{
    if (_fd >= 0)
        ::close(_fd);
    _fd = -1;
}

ssize_t TunDevice::read(unsigned char *data, size_t room, Arrival &arrival)
{
    tun_pi info;
    VirtioHeader vnet;
    iovec parts[] = {{&info, sizeof(info)}, {&vnet, sizeof(vnet)}, {data, room}};
    constexpr ssize_t headers = sizeof(info) + sizeof(vnet);
    ssize_t length = readv(_fd, parts, 3);
    if (length < 0)
        return length;
    if (length <= headers) {
        errno = EIO;
        return -1;
    }
    arrival.protocol = ntohs(info.proto);
    arrival.truncated = info.flags & TUN_PKT_STRIP;
    return length - headers;
}

ssize_t TunDevice::write(const Packet *packet, uint16_t protocol)
{
    tun_pi info{0, htons(protocol)};
    VirtioHeader vnet;
    FrameSender::describe(packet, vnet);
    iovec parts[] = {{&info, sizeof(info)}, {&vnet, sizeof(vnet)}, {const_cast<unsigned char *>(packet->data()), packet->length()}};
    return writev(_fd, parts, 3);
}
