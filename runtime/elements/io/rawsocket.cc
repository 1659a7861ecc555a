// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "rawsocket.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/nameinfo.hh>
#include <clicknet/ip.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include "markedip.hh"

namespace {

uint32_t big_endian(const unsigned char *data, int bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < bytes; ++i)
        value = value << 8 | data[i];
    return value;
}

// The number that tells the conversations of a protocol apart at the receiver, -1 where there is none. RFC 792, 2784, 2637.
int64_t conversation(int protocol, const unsigned char *data, int length)
{
    if ((protocol == IPPROTO_TCP || protocol == IPPROTO_UDP) && length >= 4)
        return big_endian(data + 2, 2);
    if (protocol == IPPROTO_ICMP && length >= 8 && (data[0] == 0 || data[0] == 8))
        return big_endian(data + 4, 2);
    if (protocol != IPPROTO_GRE || length < 4 || !(data[0] & 0x20))
        return -1;
    int key = data[0] & 0x80 ? 8 : 4;  // behind the checksum
    if (length < key + 4)
        return -1;
    bool enhanced = (data[1] & 7) == 1;
    return enhanced ? big_endian(data + key + 2, 2) : big_endian(data + key, 4);
}

}  // namespace

int RawSocket::configure(Vector<String> &conf, ErrorHandler *errh)
{
    Args args = Args(this, errh).bind(conf);
    if (args.read_mp("TYPE", NamedIntArg(NameInfo::T_IP_PROTO), _protocol).consume() < 0)
        return -1;
    if (_protocol < 1 || _protocol > 255)
        return errh->error("TYPE: expected an IP protocol, 1 to 255, found %d", _protocol);
    read_common(args);
    if (_protocol != IPPROTO_TCP && _protocol != IPPROTO_UDP)
        return args.read_p("PORT", _port).complete();
    uint16_t port = 0;
    if (args.read_p("PORT", IPPortArg(_protocol), port).complete() < 0)
        return -1;
    _port = port;
    return 0;
}

// An ordinary socket on the port: the system gives it to nobody else, and does not tell UDP senders that nobody is there.
int RawSocket::claim_port(ErrorHandler *errh)
{
    _claim = socket(AF_INET, (_protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
    if (_claim < 0)
        return failed("socket", errh);
    int none = 0;
    setsockopt(_claim, SOL_SOCKET, SO_RCVBUF, &none, sizeof(none));
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(static_cast<uint16_t>(_port));
    if (bind(_claim, reinterpret_cast<sockaddr *>(&any), sizeof(any)) < 0)
        return errh->error("port %u: %s", _port, strerror(errno));
    return 0;
}

int RawSocket::initialize(ErrorHandler *errh)
{
    if (_port && (_protocol == IPPROTO_TCP || _protocol == IPPROTO_UDP) && claim_port(errh) < 0)
        return -1;
    _socket = socket(AF_INET, SOCK_RAW, _protocol);
    if (_socket < 0)
        return failed("raw socket", errh);
    int one = 1;
    if (setsockopt(_socket, IPPROTO_IP, IP_HDRINCL, &one, sizeof(one)) < 0)
        return failed("IP_HDRINCL", errh);
    if (setsockopt(_socket, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)) < 0)
        return failed("SO_BROADCAST", errh);
    if (prepare(_socket, errh) < 0)
        return -1;
    start_sending(errh);
    if (ninputs())
        set_sender(_socket);
    if (noutputs())
        set_receiver(_socket);
    return 0;
}

void RawSocket::cleanup(CleanupStage stage)
{
    SocketElement::cleanup(stage);
    set_receiver(-1);
    set_sender(-1);
    for (int *fd : {&_socket, &_claim}) {
        if (*fd >= 0)
            close(*fd);
        *fd = -1;
    }
}

ssize_t RawSocket::receive(unsigned char *data, size_t room)
{
    return recv(receiver(), data, room, MSG_TRUNC);
}

bool RawSocket::wanted(const Packet *packet) const
{
    return !_port || conversation(_protocol, packet->transport_header(), packet->transport_length()) == _port;
}

bool RawSocket::accept(WritablePacket *packet)
{
    return mark_as_ip(packet) && wanted(packet);
}

ssize_t RawSocket::send(const Packet *packet)
{
    if (packet->length() < sizeof(click_ip)) {
        errno = EINVAL;
        return -1;
    }
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr = reinterpret_cast<const click_ip *>(packet->data())->ip_dst;
    return sendto(sender(), packet->data(), packet->length(), 0, reinterpret_cast<sockaddr *>(&to), sizeof(to));
}

// One packet's misfortune says nothing about the next; SocketElement counts it.
void RawSocket::lost(int) {}

EXPORT_ELEMENT(RawSocket)
ELEMENT_REQUIRES(userlevel)
