// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "socket.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include "runtime/elements/ip/iproutetable.hh"

void Socket::Endpoint::set(IPAddress ip, uint16_t port)
{
    address.in.sin_family = AF_INET;
    address.in.sin_port = htons(port);
    address.in.sin_addr = ip.in_addr();
    length = sizeof(address.in);
}

// False when the name is too long. One that begins with a zero byte is no file.
bool Socket::Endpoint::set(const String &filename)
{
    bool file = filename.length() && filename[0];
    if (filename.length() + file > static_cast<int>(sizeof(address.un.sun_path)))
        return false;
    address.un.sun_family = AF_UNIX;
    memcpy(address.un.sun_path, filename.data(), filename.length());
    length = offsetof(sockaddr_un, sun_path) + filename.length() + file;
    return true;
}

int Socket::configure(Vector<String> &conf, ErrorHandler *errh)
{
    String type;
    _client = noutputs() == 0;
    Args args = Args(this, errh).bind(conf);
    if (args.read_mp("TYPE", type).consume() < 0)
        return -1;
    type = type.upper();
    _inet = type == "TCP" || type == "UDP";
    _stream = type == "TCP" || type == "UNIX";
    if (!_inet && !_stream && type != "UNIX_DGRAM")
        return errh->error("unknown socket type '%s'", type.c_str());
    bool has_client = false;
    read_common(args);
    if (args.read("CLIENT", _client).read_status(has_client)
            .read("NODELAY", _nodelay)
            .read("VERBOSE", _verbose)
            .read("ALLOW", ElementCastArg("IPRouteTable"), _allow)
            .read("DENY", ElementCastArg("IPRouteTable"), _deny)
            .consume() < 0 || parse_endpoints(args, errh) < 0)
        return -1;
    if (_bind && !has_client)
        _client = true;
    if (!_client) {
        _bind = true;
        _local = _remote;
    }
    return 0;
}

int Socket::parse_endpoints(Args &args, ErrorHandler *errh)
{
    if (_inet) {
        IPAddress ip, local_ip;
        uint16_t port, local_port = 0;
        IPPortArg port_arg(_stream ? IPPROTO_TCP : IPPROTO_UDP);
        if (args.read_mp("ADDR", ip).read_mp("PORT", port_arg, port)
                .read_p("LOCAL_ADDR", local_ip).read_p("LOCAL_PORT", port_arg, local_port).complete() < 0)
            return -1;
        _remote.set(ip, port);
        _local.set(local_ip, local_port);
        _bind = local_ip || local_port;
        return 0;
    }
    String name, local;
    if (args.read_mp("FILENAME", FilenameArg(), name).read_p("LOCAL_FILENAME", FilenameArg(), local).complete() < 0)
        return -1;
    if (!_remote.set(name) || !_local.set(local))
        return errh->error("filename '%s' too long", (_remote.length ? local : name).printable().c_str());
    _bind = bool(local);
    return 0;
}

int Socket::open(ErrorHandler *errh)
{
    _socket = socket(_inet ? AF_INET : AF_UNIX, _stream ? SOCK_STREAM : SOCK_DGRAM, 0);
    if (_socket < 0)
        return failed("socket", errh);
    int one = 1;
    if (_inet && _stream && _nodelay && setsockopt(_socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0)
        return failed("TCP_NODELAY", errh);
    // A server that starts again need not wait for its old connections to be forgotten.
    if (_inet && _stream && !_client && setsockopt(_socket, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
        return failed("SO_REUSEADDR", errh);
    if (_bind && bind(_socket, &_local.address.any, _local.length) < 0)
        return failed("bind", errh);
    _bound_file = _bind && !_inet && _local.address.un.sun_path[0];
    if (_client && _stream && connect(_socket, &_remote.address.any, _remote.length) < 0)
        return failed("connect", errh);
    if (!_client && _stream && listen(_socket, 8) < 0)
        return failed("listen", errh);
    return prepare(_socket, errh);
}

int Socket::initialize(ErrorHandler *errh)
{
    if (open(errh) < 0)
        return -1;
    start_sending(errh);
    if (_stream && !_client) {
        add_select(_socket, SELECT_READ);
        return 0;
    }
    // A datagram server has nobody to send to until it heard from somebody.
    if (_client)
        set_sender(_socket);
    if (noutputs() || !_client || _stream)
        set_receiver(_socket);
    return 0;
}

void Socket::cleanup(CleanupStage stage)
{
    SocketElement::cleanup(stage);
    set_receiver(-1);
    set_sender(-1);
    if (_socket >= 0 && _stream && !_client)
        remove_select(_socket, SELECT_READ);
    for (int *fd : {&_connection, &_socket}) {
        if (*fd >= 0)
            close(*fd);
        *fd = -1;
    }
    if (_bound_file)
        unlink(_local.address.un.sun_path);
    _bound_file = false;
}

void Socket::selected(int fd, int mask)
{
    if (_stream && !_client && fd == _socket)
        take_client();
    else
        SocketElement::selected(fd, mask);
}

// While one client is served the next ones wait in the system's queue.
void Socket::take_client()
{
    Endpoint from;
    from.length = sizeof(from.address);
    int fd = ::accept(_socket, &from.address.any, &from.length);
    if (fd < 0)
        return;
    bool good = allowed(from);
    if (_verbose)
        click_chatter("%s: %s %s", declaration().c_str(), good ? "connection from" : "denied", unparse(from).c_str());
    if (!good || prepare(fd, ErrorHandler::default_handler()) < 0) {
        close(fd);
        return;
    }
    remove_select(_socket, SELECT_READ);
    _connection = fd;
    set_receiver(fd);
    set_sender(fd);
}

bool Socket::allowed(const Endpoint &from) const
{
    if (!_inet)
        return true;
    IPAddress address(from.address.in.sin_addr), gateway;
    if (_allow && _allow->lookup_route(address, gateway) >= 0)
        return true;
    return !_deny || _deny->lookup_route(address, gateway) < 0;
}

String Socket::unparse(const Endpoint &from)
{
    if (from.address.any.sa_family == AF_INET)
        return IPAddress(from.address.in.sin_addr).unparse() + ":" + String(ntohs(from.address.in.sin_port));
    return "a program of this machine";
}

ssize_t Socket::receive(unsigned char *data, size_t room)
{
    if (_stream)
        return recv(receiver(), data, room, 0);
    _from.length = sizeof(_from.address);
    return recvfrom(receiver(), data, room, MSG_TRUNC, &_from.address.any, &_from.length);
}

bool Socket::accept(WritablePacket *)
{
    if (_stream || _client)
        return true;
    if (!allowed(_from)) {
        if (_verbose)
            click_chatter("%s: dropped datagram from %s", declaration().c_str(), unparse(_from).c_str());
        return false;
    }
    _remote = _from;
    if (sender() < 0)
        set_sender(_socket);
    return true;
}

ssize_t Socket::send(const Packet *packet)
{
    if (_stream)
        return ::send(sender(), packet->data(), packet->length(), MSG_NOSIGNAL);
    Endpoint to = _remote;
    if (_inet && _client && !to.address.in.sin_addr.s_addr)
        to.address.in.sin_addr = packet->dst_ip_anno().in_addr();
    return sendto(sender(), packet->data(), packet->length(), MSG_NOSIGNAL, &to.address.any, to.length);
}

// Datagrams have no connection to lose: a refused one says nothing about the next.
void Socket::lost(int error)
{
    if (_verbose)
        click_chatter("%s: %s", declaration().c_str(), error ? strerror(error) : "connection closed");
    if (!_stream)
        return;
    set_receiver(-1);
    set_sender(-1);
    if (_connection >= 0) {
        close(_connection);
        _connection = -1;
        add_select(_socket, SELECT_READ);
    }
}

EXPORT_ELEMENT(Socket)
