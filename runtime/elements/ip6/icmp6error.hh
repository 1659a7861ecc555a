// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ICMP6ERROR_HH
#define CLICK_ICMP6ERROR_HH
#include <click/batchelement.hh>
#include <click/ip6address.hh>
#include <click/threadcounter.hh>
#include <click/tokenbucket.hh>
#include <mutex>

// =Element ICMP6Error(SRC, TYPE [, CODE, KEYWORDS])
// =Summary makes ICMPv6 error messages about the packets it gets
// =Ports 1 / 1-2, push or pull. Output 0: the errors, for the route table; output 1, if connected: packets that must not be
//   answered, or not now (else they are dropped)
// =Arguments
//   SRC    IPv6 address  the router's address
//   TYPE   Word          unreachable, packettoobig, timeexceeded, parameterproblem, or a number below 128
//   CODE   Word          noroute, prohibited, beyondscope, address, port; transit, reassembly; header, nextheader, option; or a
//                        number; 0
//   MTU    Integer       told by `packettoobig`: what the next link carries; 1280
//   RATE   Integer       errors a second; 1000
//   BURST  Integer       errors at once, before RATE holds; 1000
// =Handlers
//   count    r  errors made
//   drops    r  packets that must not be answered
//   limited  r  packets that were not answered because there were too many
// =Source RFC 4443 sections 2.4 and 3
//
// An error quotes as much of the packet as fits 1280 bytes. None is made about ICMPv6 errors and redirects, packets to many (but
// for packettoobig), and packets whose source names no single host.
class ICMP6Error : public SimpleBatchElement<ICMP6Error> {
  public:
    const char *class_name() const override { return "ICMP6Error"; }
    const char *flags() const override { return "T"; }
    const char *port_count() const override { return PORTS_1_1X2; }
    const char *processing() const override { return PROCESSING_A_AH; }
    const char *flow_code() const override { return "x/yx"; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    Packet *simple_action(Packet *packet) override;

  private:
    bool may_answer(const Packet *packet) const;
    bool is_due();
    Packet *make_error(const Packet *packet) const;
    Packet *leave(Packet *packet, ThreadCounter &counter);

    IP6Address _source;
    unsigned _type = 0, _code = 0, _mtu = 1280;
    std::mutex _lock;
    TokenBucket _bucket;  // under the lock
    ThreadCounter _count, _drops, _limited;
};

#endif
