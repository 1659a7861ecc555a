// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_RAWSOCKET_HH
#define CLICK_RAWSOCKET_HH
#include "socketelement.hh"

// =Element RawSocket(PROTOCOL [, PORT, KEYWORDS])
// =Summary carries whole IP packets of one protocol over a raw socket of the system
// =Ports 0-1 / 0-1, push or pull input, push output; what comes in is sent, what arrives for this host goes out
// =Arguments
//   PROTOCOL   Name or number  the IP protocol: `TCP`, `UDP`, `ICMP`, `GRE`, 89
//   PORT       Port or number  only packets with it are received: the destination port of TCP and UDP (the port is taken from the system,
//                              so that it gives it to nobody else), the identifier of ICMP echoes, the key or call of GRE; all
//   SNAPLEN    Integer  bytes read at once; 2048
//   HEADROOM   Integer  room in front of a packet
//   TIMESTAMP  Boolean  stamp what arrives; true
//   SNDBUF, RCVBUF Integer  bytes of the system's buffers; the system's choice
// =Handlers
//   drops  r  packets that could not be sent: no room for a second, refused by the system, or shorter than an IP header
//   scheduled, tickets, home_thread  of its task, with a pull input
// =Source raw(7). The system handles what arrives too: it resets TCP connections it knows nothing of. Packets that leave keep their source
// address; the system fills in the header checksum, and the identification when it is zero
class RawSocket : public SocketElement {
  public:
    const char *class_name() const override { return "RawSocket"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int initialize(ErrorHandler *errh) override;
    void cleanup(CleanupStage stage) override;

  protected:
    ssize_t receive(unsigned char *data, size_t room) override;
    ssize_t send(const Packet *packet) override;
    void lost(int error) override;
    bool accept(WritablePacket *packet) override;

  private:
    int claim_port(ErrorHandler *errh);
    bool wanted(const Packet *packet) const;

    int _protocol = 0;
    uint32_t _port = 0;
    int _socket = -1;
    int _claim = -1;  // an ordinary socket that holds the port
};

#endif
