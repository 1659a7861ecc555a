// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "mcastsocket.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <cstring>
#include <sys/socket.h>
#include <unistd.h>

namespace {

sockaddr_in endpoint(IPAddress address, uint16_t port)
{
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(port);
    result.sin_addr = address.in_addr();
    return result;
}

}  // namespace

int McastSocket::configure(Vector<String> &conf, ErrorHandler *errh)
{
    IPAddress group, source;
    uint16_t group_port, source_port = 0;
    Args args(conf, this, errh);
    read_common(args);
    if (args.read_mp("MCASTIP", group)
            .read_mp("MCASTPORT", IPPortArg(IPPROTO_UDP), group_port)
            .read_p("SOURCEIP", source)
            .read_p("SOURCEPORT", IPPortArg(IPPROTO_UDP), source_port)
            .read("LOOP", _loop)
            .complete() < 0)
        return -1;
    if (!group.is_multicast())
        return errh->error("MCASTIP: %s is no multicast address", group.unparse().c_str());
    _group = endpoint(group, group_port);
    _source = endpoint(source, source_port);
    return 0;
}

int McastSocket::open_receiver(ErrorHandler *errh)
{
    int fd = _sockets[0] = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    if (fd < 0)
        return failed("socket", errh);
    int one = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
        return failed("SO_REUSEADDR", errh);
    if (bind(fd, reinterpret_cast<sockaddr *>(&_group), sizeof(_group)) < 0)
        return failed("bind", errh);
    ip_mreq membership = {_group.sin_addr, _source.sin_addr};
    if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof(membership)) < 0)
        return failed("IP_ADD_MEMBERSHIP", errh);
    return prepare(fd, errh);
}

int McastSocket::open_sender(ErrorHandler *errh)
{
    int fd = _sockets[1] = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    if (fd < 0)
        return failed("socket", errh);
    if (_source.sin_addr.s_addr) {
        socklen_t length = sizeof(_source);
        if (bind(fd, reinterpret_cast<sockaddr *>(&_source), length) < 0)
            return failed("bind", errh);
        // The port the system chose tells our own datagrams from others.
        if (getsockname(fd, reinterpret_cast<sockaddr *>(&_source), &length) < 0)
            return failed("getsockname", errh);
        if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &_source.sin_addr, sizeof(_source.sin_addr)) < 0)
            return failed("IP_MULTICAST_IF", errh);
    }
    int loop = _loop;
    if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof(loop)) < 0)
        return failed("IP_MULTICAST_LOOP", errh);
    return prepare(fd, errh);
}

int McastSocket::initialize(ErrorHandler *errh)
{
    if (open_sender(errh) < 0 || open_receiver(errh) < 0)
        return -1;
    start_sending(errh);
    set_sender(_sockets[1]);
    if (noutputs())
        set_receiver(_sockets[0]);
    return 0;
}

void McastSocket::cleanup(CleanupStage stage)
{
    SocketElement::cleanup(stage);
    set_receiver(-1);
    set_sender(-1);
    for (int &fd : _sockets) {
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
}

ssize_t McastSocket::receive(unsigned char *data, size_t room)
{
    socklen_t length = sizeof(_from);
    return recvfrom(receiver(), data, room, MSG_TRUNC, reinterpret_cast<sockaddr *>(&_from), &length);
}

bool McastSocket::accept(WritablePacket *)
{
    return !_source.sin_addr.s_addr || _from.sin_addr.s_addr != _source.sin_addr.s_addr || _from.sin_port != _source.sin_port;
}

ssize_t McastSocket::send(const Packet *packet)
{
    return sendto(sender(), packet->data(), packet->length(), MSG_NOSIGNAL, reinterpret_cast<sockaddr *>(&_group), sizeof(_group));
}

// One datagram that the network refuses says nothing about the next.
void McastSocket::lost(int error)
{
    click_chatter("%s: %s", declaration().c_str(), strerror(error));
}

EXPORT_ELEMENT(McastSocket)
