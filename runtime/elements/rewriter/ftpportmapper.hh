// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_FTPPORTMAPPER_HH
#define CLICK_FTPPORTMAPPER_HH
#include <click/element.hh>
#include "iprewriterbase.hh"

// =Element FTPPortMapper(CONTROL_REWRITER, DATA_REWRITER, DATA_REWRITER_INPUT)
// =Summary lets FTP's PORT command pass a rewriter
// =Ports 1 / 1, push or pull; TCP packets of FTP control connections with their headers marked, on their way to
//   CONTROL_REWRITER
//   A PORT command tells the server where to connect to. The flow of that data connection is made in DATA_REWRITER, as if its
//   first packet had come to DATA_REWRITER_INPUT, and the command is made to say what the server has to see. The lengths may
//   differ: CONTROL_REWRITER shifts the connection's later sequence numbers. The command must be whole, and first in its
//   packet. Packets with a wrong checksum are left alone.
// =Arguments
//   CONTROL_REWRITER     a TCPRewriter or IPRewriter downstream
//   DATA_REWRITER        a rewriter, may be the same
//   DATA_REWRITER_INPUT  Integer
// =Handlers
//   config  rw  the arguments
// =Source RFC 959, section 4.1.2
class FTPPortMapper : public Element {
  public:
    const char *class_name() const override { return "FTPPortMapper"; }
    const char *port_count() const override { return PORTS_1_1; }
    int configure_phase() const override { return IPRewriterBase::CONFIGURE_PHASE_USER; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    bool can_live_reconfigure() const override { return true; }
    int live_reconfigure(Vector<String> &conf, ErrorHandler *errh) override { return configure(conf, errh); }
    int initialize(ErrorHandler *errh) override;
    Packet *simple_action(Packet *p) override;

  private:
    struct Command {
        int begin, end;  // the argument, bytes from the payload's first
        uint32_t addr;   // network order
        uint16_t port;
    };
    IPRewriterBase *_control = nullptr;
    IPRewriterBase *_data = nullptr;
    int _data_input = 0;

    static bool find_command(const unsigned char *payload, int bytes, Command &command);
    bool make_data_flow(const Packet *p, Command &command);
    WritablePacket *say(Packet *p, const Command &command, int payload_offset);
};

#endif
