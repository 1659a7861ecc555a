// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_SOCKET_HH
#define CLICK_SOCKET_HH
#include <click/ipaddress.hh>
#include <netinet/in.h>
#include <sys/un.h>
#include "socketelement.hh"
class IPRouteTable;

// =Element Socket(TYPE, ADDR, PORT [, LOCAL_ADDR, LOCAL_PORT, KEYWORDS]); UNIX: Socket(TYPE, FILENAME [, LOCAL_FILENAME, KEYWORDS])
// =Summary carries packets over a socket of the system, as a server or a client
// =Ports 0-1 / 0-1, push or pull input, push output; what comes in is sent, what arrives goes out
// =Arguments
//   TYPE       Word        `TCP`, `UDP`, `UNIX` (a stream) or `UNIX_DGRAM`
//   ADDR, PORT             where a client sends to or connects to; where a server listens. A UDP client with address 0.0.0.0
//                          sends each packet to its destination IP annotation
//   FILENAME   Filename    the same for UNIX sockets
//   LOCAL_ADDR, LOCAL_PORT, LOCAL_FILENAME  what a client is bound to
//   CLIENT     Boolean     client or server; client without outputs, server otherwise
//   ALLOW      Element     a routing table: addresses it covers may be clients
//   DENY       Element     a routing table: other addresses it covers may not
//   NODELAY    Boolean     TCP sends small packets at once; true
//   VERBOSE    Boolean     say who comes and goes; false
//   SNAPLEN    Integer     bytes read at once; 2048
//   HEADROOM   Integer     room in front of a packet
//   TIMESTAMP  Boolean     stamp what arrives; true
//   SNDBUF, RCVBUF Integer bytes of the system's buffers; the system's choice
// =Handlers
//   drops  r  packets that found no room for a second when pushed, or that the system refused
//   scheduled, tickets, home_thread  of its task, with a pull input
// =Source none. A stream server serves one client at a time; a datagram server answers whom it heard last. What is pushed while nobody
// is connected is dropped
class Socket : public SocketElement {
  public:
    const char *class_name() const override { return "Socket"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;
    void selected(int fd, int mask) override;

  protected:
    ssize_t receive(unsigned char *data, size_t room) override;
    ssize_t send(const Packet *packet) override;
    void lost(int error) override;
    bool accept(WritablePacket *packet) override;
    bool empty_means_closed() const override { return _stream; }

  private:
    union Address {
        sockaddr any;
        sockaddr_in in;
        sockaddr_un un;
    };
    struct Endpoint {
        Address address{};
        socklen_t length = 0;
        void set(IPAddress ip, uint16_t port);
        bool set(const String &filename);
    };

    int parse_endpoints(Args &args, ErrorHandler *errh);
    int open(ErrorHandler *errh);
    int serve(ErrorHandler *errh);
    void take_client();
    bool allowed(const Endpoint &from) const;
    static String unparse(const Endpoint &from);

    bool _inet = true, _stream = true, _client = false, _bind = false;
    bool _nodelay = true, _verbose = false;
    Endpoint _remote, _local;
    Endpoint _from;  // of the datagram just received
    IPRouteTable *_allow = nullptr, *_deny = nullptr;
    int _socket = -1;
    int _connection = -1;  // of a stream server
    bool _bound_file = false;
};

#endif
