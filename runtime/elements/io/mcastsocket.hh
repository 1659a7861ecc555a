// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_MCASTSOCKET_HH
#define CLICK_MCASTSOCKET_HH
#include <netinet/in.h>
#include "socketelement.hh"

// =Element McastSocket(MCASTIP, MCASTPORT [, SOURCEIP, SOURCEPORT, KEYWORDS])
// =Summary carries packets in multicast UDP datagrams, to and from a group
// =Ports 0-1 / 0-1, push or pull input, push output; what comes in is sent, what arrives goes out
// =Arguments
//   MCASTIP    IP address  the group
//   MCASTPORT  UDP port    the group's port
//   SOURCEIP   IP address  address to send from; also chooses the interface. Own datagrams are then not heard; the system's choice
//   SOURCEPORT UDP port    port to send from; any free one
//   LOOP       Boolean     programs on this machine hear what is sent; true
//   SNAPLEN    Integer     bytes kept of a datagram; 2048
//   HEADROOM   Integer     room in front of a packet
//   TIMESTAMP  Boolean     stamp what arrives; true
//   SNDBUF, RCVBUF Integer bytes of the system's buffers; the system's choice
// =Handlers
//   drops  r  packets that found no room for a second when pushed, or that the system refused
//   scheduled, tickets, home_thread  of its task, with a pull input
// =Source RFC 1112
class McastSocket : public SocketElement {
  public:
    const char *class_name() const override { return "McastSocket"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;

  protected:
    ssize_t receive(unsigned char *data, size_t room) override;
    ssize_t send(const Packet *packet) override;
    void lost(int error) override;
    bool accept(WritablePacket *packet) override;

  private:
    int open_receiver(ErrorHandler *errh);
    int open_sender(ErrorHandler *errh);

    sockaddr_in _group{}, _source{}, _from{};
    bool _loop = true;
    int _sockets[2] = {-1, -1};  // one hears the group's port, one sends from its own
};

#endif
